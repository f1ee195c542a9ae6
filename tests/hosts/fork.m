// Forks while other threads are inside the encoder's methods; the child uses the encoder.
#include "host.h"

int main(void) {
  limit(60);
  id<MTLComputeCommandEncoder> encoder = [[queue() commandBuffer] computeCommandEncoder];
  pthread_t threads[4];
  start(threads, 4, hammer, encoder);
  for (int round = 0; round < 200; round++) {
    wait_for_calls(20);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
      limit(10);
      for (int i = 0; i < 100; i++) touch(encoder);
      [encoder endEncoding];
      _exit(count("agx_fix_get_acquisitions") == 0 ? 98 : 0);
    }
    expect_success(child);
  }
  stop = true;
  join(threads, 4);
  [encoder endEncoding];
  puts("200 children");
  return 0;
}
