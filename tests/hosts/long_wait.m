// One thread stays in a method for long (the simulator's widened race windows); another one waits for the encoder.
#include "host.h"

static Product work;
static volatile bool inside;

static void *stay(void *encoder) {
  inside = true;
  [(id<MTLComputeCommandEncoder>)encoder setComputePipelineState:work.pipeline];
  return NULL;
}

int main(void) {
  limit(60);
  id<MTLDevice> gpu = device();
  work = product(gpu);
  id<MTLComputeCommandEncoder> encoder = [[[gpu newCommandQueue] commandBuffer] computeCommandEncoder];
  [encoder setLabel:string("slow one")];
  uint64_t (*long_waits)(void) = (uint64_t(*)(void))dlsym(RTLD_DEFAULT, "agx_fix_get_long_waits");
  EXPECT(long_waits != NULL);
  while (long_waits() == 0) {
    pthread_t holder;
    inside = false;
    pthread_create(&holder, NULL, stay, (void *)encoder);
    while (!inside) usleep(100);
    usleep(1000);  // if this thread comes first all the same, there is another round
    touch(encoder);
    pthread_join(holder, NULL);
  }
  [encoder endEncoding];
  puts("waited");
  return 0;
}
