// Uses every device there is: work on each, with the numbers checked, and the locks that one call takes counted.
#include "host.h"

@protocol Array <Object>
- (NSUInteger)count;
- (id)objectAtIndex:(NSUInteger)index;
@end

@protocol Contents <Object>
- (void *)contents;
@end

@protocol Blit <MTLComputeCommandEncoder>
- (void)updateFence:(id)fence;
@end

@protocol BlitFactory <MTLCommandBuffer>
- (id)blitCommandEncoder;
@end

id MTLCopyAllDevices(void);
uint64_t agx_sim_encoder_calls(id encoder);

// Tries of a call, of which one is undisturbed: the driver's own thread may still be freeing the few encoders of a command
// buffer that has completed.
#define TRIES 50

// The locks that a call takes; -1 without the library.
#define LOCKS(call)                                                          \
  ({                                                                         \
    int64_t fewest = INT64_MAX;                                              \
    for (int i = 0; i < TRIES; i++) {                                        \
      int64_t before = count("agx_fix_get_acquisitions");                    \
      call;                                                                  \
      int64_t taken = count("agx_fix_get_acquisitions") - before;            \
      fewest = before < 0 ? -1 : taken < fewest ? taken : fewest;            \
    }                                                                        \
    fewest;                                                                  \
  })

static void use(id<MTLDevice> gpu, int64_t locks) {
  id<Object> here = pool();
  Product work = product(gpu);
  float two = 2, three = 3;
  memcpy([(id<Contents>)work.buffers[0] contents], &two, sizeof two);
  memcpy([(id<Contents>)work.buffers[1] contents], &three, sizeof three);
  id<MTLCommandBuffer> buffer = [[gpu newCommandQueue] commandBuffer];

  id<MTLComputeCommandEncoder> compute = [buffer computeCommandEncoder];
  encode(&work, compute);
  int64_t taken = LOCKS(touch(compute));
  EXPECT(taken == locks);
  taken = LOCKS([compute setBuffer:work.buffers[0] offset:0 atIndex:0]);  // an override that calls super, in one driver
  EXPECT(taken == locks);
  [compute endEncoding];

  // The same selector on another class: the other class's method must run.
  id<Blit> blit = [(id<BlitFactory>)buffer blitCommandEncoder];
  uint64_t calls = agx_sim_encoder_calls(blit);
  taken = LOCKS([blit updateFence:nil]);
  EXPECT(taken == locks);
  EXPECT(agx_sim_encoder_calls(blit) == calls + TRIES);
  [blit endEncoding];

  [buffer commit];
  [buffer waitUntilCompleted];
  float product;
  memcpy(&product, [(id<Contents>)work.buffers[2] contents], sizeof product);
  EXPECT(product == 6);
  [here drain];
}

int main(void) {
  limit(60);
  int64_t locks = count("agx_fix_get_acquisitions") < 0 ? -1 : 1;
  id<Array> devices = MTLCopyAllDevices();
  for (int round = 0; round < 2; round++)
    for (NSUInteger i = 0; i < [devices count]; i++) use([devices objectAtIndex:i], locks);
  printf("%lu devices\n", [devices count]);
  return 0;
}
