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
  start(threads, 4, hammer, encoder);
  pthread_create(&last, NULL, leave, NULL);
  join(threads, 4);
  return 99;
}
