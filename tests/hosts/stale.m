// Calls an ended encoder while its command buffer is in flight. Only the driver had retained it, and has released it:
// objc_msgSend reads a freed object unless agx-fix retains it. At the end no object may be left over.
#include "host.h"

int main(void) {
  limit(60);
  uint64_t (*live)(void) = (uint64_t(*)(void))dlsym(RTLD_DEFAULT, "agx_sim_live_objects");
  EXPECT(live != NULL);
  id<MTLDevice> gpu = device();
  id<MTLCommandQueue> commands = [gpu newCommandQueue];
  id<Object> outer = pool();
  Product work = product(gpu);
  [outer drain];
  uint64_t before = live();

  outer = pool();
  id<MTLCommandBuffer> buffer = (id<MTLCommandBuffer>)[[commands commandBuffer] retain];
  id<Object> inner = pool();
  id<MTLComputeCommandEncoder> encoder = [buffer computeCommandEncoder];
  encode(&work, encoder);
  [encoder endEncoding];
  [inner drain];
  [buffer commit];  // the driver releases its last encoder
  if (getenv("HOST_WAITS")) [buffer waitUntilCompleted];
  else touch(encoder);
  int64_t late = count("agx_fix_get_late_calls");
  EXPECT(late == -1 || late == (getenv("HOST_WAITS") ? 0 : 1));
  [buffer waitUntilCompleted];
  [buffer release];
  [outer drain];
  while (live() > before) usleep(1000);  // the GPU's side releases a little later; a leak ends at the limit
  puts("nothing left over");
  return 0;
}
