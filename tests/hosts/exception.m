// A driver method throws through the hook. The lock must be free afterwards, for this thread and for others.
#include "host.h"

static void *call(void *encoder) {
  [(id<MTLComputeCommandEncoder>)encoder setThreadgroupMemoryLength:32 atIndex:0];
  return NULL;
}

int main(void) {
  limit(60);
  id<MTLComputeCommandEncoder> encoder = [[queue() commandBuffer] computeCommandEncoder];
  int caught = 0;
  for (int round = 0; round < 100; round++) {
    @try {
      [encoder setThreadgroupMemoryLength:13 atIndex:0];  // not a multiple of 16
      EXPECT(!"thrown");
    } @catch (id exception) {
      EXPECT(exception != nil);
      caught++;
    }
    pthread_t other;
    pthread_create(&other, NULL, call, (void *)encoder);
    pthread_join(other, NULL);
  }
  [encoder endEncoding];
  printf("%d caught\n", caught);
  return 0;
}
