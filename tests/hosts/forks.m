// Forks as often as its argument says, while threads call one encoder and make others. A child calls the encoder that was
// there, and one that has ended: that call is dropped and counted. A child must not make calls that take a lock of the driver,
// with agx-fix or without.
#include "host.h"

static id<MTLCommandQueue> commands;

// Encoders come and go, so that a fork happens during insertion, removal and changes of the lists of references.
static void *churn(void *unused) {
  while (!stop) {
    id<Object> here = pool();
    id<MTLCommandBuffer> buffer = [commands commandBuffer];
    id<MTLComputeCommandEncoder> encoder = [buffer computeCommandEncoder];
    touch(encoder);
    [encoder endEncoding];
    [buffer commit];
    [buffer waitUntilCompleted];
    [here drain];
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

int main(int argc, char **argv) {
  limit(500);
  int forks = argc > 1 ? atoi(argv[1]) : 50;
  commands = queue();
  id<MTLComputeCommandEncoder> encoder = [[commands commandBuffer] computeCommandEncoder];
  id<MTLComputeCommandEncoder> ended = [[commands commandBuffer] computeCommandEncoder];
  [ended endEncoding];
  pthread_t threads[3];
  start(threads, 2, hammer, encoder);
  start(threads + 2, 1, churn, nil);
  for (int i = 0; i < forks; i++) {
    wait_for_calls(20);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
      limit(20);
      for (int call = 0; call < 10; call++) touch(encoder);
      touch(ended);
      _exit(count("agx_fix_get_late_calls") == 0 ? 98 : 0);
    }
    expect_success(child);
  }
  stop = true;
  join(threads, 3);
  [encoder endEncoding];
  printf("%d children\n", forks);
  return 0;
}
