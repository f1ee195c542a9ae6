// Forks while other threads sleep in the encoder's lock. Threads of the child then contend for the same lock.
#include "host.h"

@protocol Unretaining <Object>
- (id)commandBufferWithUnretainedReferences;
@end

static id pipeline;

// The simulated driver stays in this call for AGX_SIM_WIDEN_US. Without references its own locks stay out of it.
static void bind(id<MTLComputeCommandEncoder> encoder) { [encoder setComputePipelineState:pipeline]; }

static void *pound(void *encoder) {
  while (!stop) {
    bind((id<MTLComputeCommandEncoder>)encoder);
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

static void *some(void *encoder) {
  for (int i = 0; i < 300; i++) bind((id<MTLComputeCommandEncoder>)encoder);
  return NULL;
}

int main(void) {
  limit(60);
  id<MTLDevice> gpu = device();
  pipeline = product(gpu).pipeline;
  id buffer = [(id<Unretaining>)[gpu newCommandQueue] commandBufferWithUnretainedReferences];
  id<MTLComputeCommandEncoder> encoder = [(id<MTLCommandBuffer>)buffer computeCommandEncoder];
  pthread_t threads[4];
  start(threads, 4, pound, encoder);
  for (int round = 0; round < 20; round++) {
    wait_for_calls(200);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
      limit(20);
      start(threads, 4, some, encoder);
      join(threads, 4);
      _exit(0);
    }
    expect_success(child);
  }
  stop = true;
  join(threads, 4);
  [encoder endEncoding];
  puts("20 children");
  return 0;
}
