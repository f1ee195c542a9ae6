// Replaces itself by another program while other threads are inside the encoder's methods.
#include "host.h"

int main(void) {
  limit(60);
  id<MTLComputeCommandEncoder> encoder = [[queue() commandBuffer] computeCommandEncoder];
  pthread_t threads[4];
  start(threads, 4, hammer, encoder);
  wait_for_calls(100);
  execl("/bin/sh", "sh", "-c", "echo replaced; exit 7", (char *)NULL);
  return 99;
}
