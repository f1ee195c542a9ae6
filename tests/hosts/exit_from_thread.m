// A thread that is not the first one calls exit while others are inside the encoder's methods.
#include "host.h"

static void *leave(void *unused) {
  wait_for_calls(100);
  exit(3);
}

int main(void) {
  limit(60);
  id<MTLComputeCommandEncoder> encoder = [[queue() commandBuffer] computeCommandEncoder];
  pthread_t threads[4], last;
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, hammer, (void *)encoder);
  pthread_create(&last, NULL, leave, NULL);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return 99;
}
