// Replaces itself by another program while other threads are inside the encoder's methods.
#include "host.h"

int main(void) {
  limit(60);
  id<MTLComputeCommandEncoder> encoder = [[queue() commandBuffer] computeCommandEncoder];
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, hammer, (void *)encoder);
  wait_for_calls(100);
  execl("/bin/sh", "sh", "-c", "echo replaced; exit 7", (char *)NULL);
  return 99;
}
