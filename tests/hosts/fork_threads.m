// Forks while other threads sleep in the encoder's lock; threads of the child meet in the same lock.
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

static void run(pthread_t *threads, void *(*body)(void *), id encoder) {
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, body, (void *)encoder);
}

static void join(pthread_t *threads) {
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
}

int main(void) {
  limit(60);
  id<MTLDevice> gpu = device();
  pipeline = product(gpu).pipeline;
  id buffer = [(id<Unretaining>)[gpu newCommandQueue] commandBufferWithUnretainedReferences];
  id<MTLComputeCommandEncoder> encoder = [(id<MTLCommandBuffer>)buffer computeCommandEncoder];
  pthread_t threads[4];
  run(threads, pound, encoder);
  for (int round = 0; round < 20; round++) {
    wait_for_calls(200);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
      limit(20);
      run(threads, some, encoder);
      join(threads);
      _exit(0);
    }
    int status;
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  stop = true;
  join(threads);
  [encoder endEncoding];
  puts("20 children");
  return 0;
}
