// Threads end inside the driver's code, by pthread_exit ("exit") or by cancellation ("cancel"). Afterwards another thread, and
// the encoder's end, must get the lock.
#include "host.h"

static volatile int inside, left;

static void leave(id self, SEL selector, NSUInteger length, NSUInteger index) {
  if (length == 16) {
    pthread_exit((void *)7);
  } else if (length == 48) {
    inside = 1;
    for (;;) pause();  // a cancellation point
  }
}

static void *call(void *encoder) {
  [(id<MTLComputeCommandEncoder>)encoder setThreadgroupMemoryLength:16 atIndex:0];
  return NULL;
}

static void *wait_inside(void *encoder) {
  [(id<MTLComputeCommandEncoder>)encoder setThreadgroupMemoryLength:48 atIndex:0];
  return NULL;
}

int main(int argc, char **argv) {
  limit(60);
  EXPECT(argc == 2);
  bool cancels = strcmp(argv[1], "cancel") == 0;
  id<MTLCommandQueue> commands = queue();
  // The driver's method, before anybody sees an encoder.
  Class class = objc_getClass("AGXG16XFamilyComputeContext");
  EXPECT(class != Nil);
  Method method = class_getInstanceMethod(class, sel_registerName("setThreadgroupMemoryLength:atIndex:"));
  EXPECT(method != NULL);
  method_setImplementation(method, (IMP)leave);

  id<MTLComputeCommandEncoder> encoder = [[commands commandBuffer] computeCommandEncoder];
  for (int round = 0; round < 100; round++) {
    pthread_t thread;
    void *result;
    inside = 0;
    pthread_create(&thread, NULL, cancels ? wait_inside : call, (void *)encoder);
    if (cancels) {
      while (!inside) sched_yield();
      EXPECT(pthread_cancel(thread) == 0);
    }
    EXPECT(pthread_join(thread, &result) == 0);
    EXPECT(result == (cancels ? PTHREAD_CANCELED : (void *)7));
    touch(encoder);
    left++;
  }
  [encoder endEncoding];
  int64_t locks = count("agx_fix_get_acquisitions");
  EXPECT(locks < 0 || locks >= 201);
  printf("%d left\n", left);
  return 0;
}
