// Forks under load, as often as its argument says, while threads call one encoder and make others. A child calls the encoder
// that was there, and one that has ended: that call is left out, and said. What takes a lock of the driver's own, a child must
// not ask for, with agx-fix or without.
#include "host.h"

static id<MTLCommandQueue> commands;

// Encoders come and go: insertion, removal and the lists of references are what a fork may come into.
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
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, hammer, (void *)encoder);
  pthread_create(&threads[2], NULL, churn, NULL);
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
    int status;
    EXPECT(waitpid(child, &status, 0) == child);
    if (!(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
      fprintf(stderr, "child %d of %d ended with status %#x\n", i + 1, forks, status);
      _exit(97);
    }
  }
  stop = true;
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  [encoder endEncoding];
  printf("%d children\n", forks);
  return 0;
}
