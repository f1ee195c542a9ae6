// Uses an encoder that was ended, whose last reference but its maker's is gone, while its command buffer is in flight:
// objc_msgSend reads a freed object unless somebody retains it.
#include "host.h"

int main(void) {
  limit(60);
  id<MTLDevice> gpu = device();
  id<MTLCommandQueue> commands = [gpu newCommandQueue];
  id<Object> outer = pool();
  id<MTLCommandBuffer> buffer = (id<MTLCommandBuffer>)[[commands commandBuffer] retain];
  id<Object> inner = pool();
  id<MTLComputeCommandEncoder> encoder = [buffer computeCommandEncoder];
  uint32_t word = 7;
  encode(gpu, encoder);
  [encoder endEncoding];
  [inner drain];
  [buffer commit];  // the driver lets go of its last encoder
  if (getenv("HOST_WAITS")) [buffer waitUntilCompleted];
  else [encoder setBytes:&word length:sizeof word atIndex:3];
  int64_t late = count("agx_fix_get_late_calls");
  EXPECT(late == -1 || late == (getenv("HOST_WAITS") ? 0 : 1));
  [buffer waitUntilCompleted];
  [buffer release];
  [outer drain];
  uint64_t (*live)(void) = (uint64_t(*)(void))dlsym(RTLD_DEFAULT, "agx_sim_live_objects");
  printf("%lu objects\n", (unsigned long)(live ? live() : 0));
  return 0;
}
