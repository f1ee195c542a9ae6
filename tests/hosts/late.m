// One thread ends the encoder; another one calls it afterwards, which makes the driver read through NULL.
#include "host.h"

static void *end(void *encoder) {
  [(id<MTLComputeCommandEncoder>)encoder endEncoding];
  return NULL;
}

int main(void) {
  limit(60);
  id<MTLComputeCommandEncoder> encoder = [[queue() commandBuffer] computeCommandEncoder];
  pthread_t ender;
  pthread_create(&ender, NULL, end, (void *)encoder);
  pthread_join(ender, NULL);
  touch(encoder);
  puts("alive");
  return 0;
}
