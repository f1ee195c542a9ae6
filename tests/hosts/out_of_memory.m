// The guard's table cannot grow: allocation fails for its buckets ("bucket") or for its segments ("segment"). Calls on encoders
// without a slot then reach the driver unguarded.
#include "host.h"
#include <errno.h>
#include <stddef.h>

// Buckets and segments are told from other memory by their alignment, and their size.
enum { ALIGNMENT = 128, SEGMENT = 1 << 18, QUEUES = 100, BUFFERS = 50 };
static bool no_buckets, no_segments;
static volatile int refused;

void *__libc_malloc(size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
  if (no_segments && size >= SEGMENT) {
    refused++;
    errno = ENOMEM;
    return NULL;
  }
  return __libc_malloc(size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (no_buckets && alignment == ALIGNMENT) {
    refused++;
    return ENOMEM;
  }
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

int main(int argc, char **argv) {
  limit(100);
  EXPECT(argc == 2);
  id<MTLCommandQueue> commands = queue();
  // All that the first encoder makes is there.
  id<MTLComputeCommandEncoder> first = [[commands commandBuffer] computeCommandEncoder];
  touch(first);
  no_buckets = strcmp(argv[1], "bucket") == 0;
  no_segments = strcmp(argv[1], "segment") == 0;
  [first endEncoding];
  // A queue has no more than 64 command buffers under way, and a command buffer gets the same encoder again.
  static id<MTLCommandBuffer> buffers[QUEUES][BUFFERS];
  for (int i = 0; i < QUEUES; i++) {
    commands = queue();
    for (int k = 0; k < BUFFERS; k++) {
      buffers[i][k] = [commands commandBuffer];
      id<MTLComputeCommandEncoder> encoder = [buffers[i][k] computeCommandEncoder];
      EXPECT(encoder != nil);
      touch(encoder);
      [encoder endEncoding];
    }
  }
  bool guarded = count("agx_fix_get_acquisitions") >= 0;
  EXPECT(!guarded || refused > 0);  // else this shows nothing
  no_buckets = no_segments = false;
  for (int i = 0; i < QUEUES; i++) {
    for (int k = 0; k < BUFFERS; k++) [buffers[i][k] commit];
    for (int k = 0; k < BUFFERS; k++) [buffers[i][k] waitUntilCompleted];
  }
  puts("alive");
  return 0;
}
