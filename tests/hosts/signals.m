// A signal handler calls the encoder that its thread and another thread are calling. The signal comes outside of a call, inside
// one, and between the steps of the lock.
#include "host.h"
#include <signal.h>

static id<MTLComputeCommandEncoder> encoder;
static volatile int64_t handled;

static void handle(int signal) {
  touch(encoder);
  __atomic_add_fetch(&handled, 1, __ATOMIC_RELAXED);
}

int main(int argc, char **argv) {
  limit(100);
  int64_t rounds = argc > 1 ? atoll(argv[1]) : 2000;
  signal(SIGUSR1, handle);
  encoder = [[queue() commandBuffer] computeCommandEncoder];
  pthread_t threads[2];
  start(threads, 2, hammer, encoder);
  for (int64_t round = 0; round < rounds; round++) {
    int64_t before = handled;
    EXPECT(pthread_kill(threads[round % 2], SIGUSR1) == 0);
    while (handled == before) sched_yield();
  }
  stop = true;
  join(threads, 2);
  [encoder endEncoding];
  // Calls from inside a call take no lock; all others took one.
  int64_t locks = count("agx_fix_get_acquisitions");
  EXPECT(locks < 0 || (locks > (int64_t)calls && locks <= (int64_t)calls + rounds + 1));
  printf("%lld signals\n", (long long)handled);
  return 0;
}
