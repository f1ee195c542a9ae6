// Two thousand threads at once: half of them on one encoder, half on encoders of their own, all with work that is counted.
#include "host.h"

enum { THREADS = 2000, CALLS = 10 };
static id<MTLCommandQueue> commands;
static id<MTLComputeCommandEncoder> shared;
static pthread_barrier_t together;

static void *work(void *number) {
  id<Object> here = pool();
  pthread_barrier_wait(&together);
  bool own = (intptr_t)number % 2;
  id<MTLCommandBuffer> buffer = own ? [commands commandBuffer] : nil;
  id<MTLComputeCommandEncoder> encoder = own ? [buffer computeCommandEncoder] : shared;
  for (int i = 0; i < CALLS; i++) touch(encoder);
  if (own) {
    [encoder endEncoding];
    [buffer commit];
    [buffer waitUntilCompleted];
  }
  [here drain];
  return NULL;
}

int main(void) {
  limit(100);
  commands = queue();
  id<MTLCommandBuffer> buffer = [commands commandBuffer];
  shared = [buffer computeCommandEncoder];
  static pthread_t threads[THREADS];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 128 << 10);
  pthread_barrier_init(&together, NULL, THREADS);
  for (intptr_t i = 0; i < THREADS; i++) EXPECT(pthread_create(&threads[i], &attributes, work, (void *)i) == 0);
  for (int i = 0; i < THREADS; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
  [shared endEncoding];
  [buffer commit];
  [buffer waitUntilCompleted];
  printf("%d threads\n", THREADS);
  return 0;
}
