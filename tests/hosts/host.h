// What the host programs share: Metal's methods, assertions, time limits, threads.
//
// The hosts are compiled by GCC's Objective-C, so that messages, exceptions and struct arguments are those of a compiler
// that knows nothing of agx-fix. They run against the simulated driver.

#include <dlfcn.h>
#include <objc/objc.h>
#include <objc/runtime.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef unsigned long NSUInteger;
typedef struct {
  NSUInteger width, height, depth;
} MTLSize;

@protocol Object
- (id)retain;
- (void)release;
- (void)drain;
- (id)new;
@end

@protocol MTLComputeCommandEncoder <Object>
- (void)setComputePipelineState:(id)pipeline;
- (void)setBuffer:(id)buffer offset:(NSUInteger)offset atIndex:(NSUInteger)index;
- (void)setBytes:(const void *)bytes length:(NSUInteger)length atIndex:(NSUInteger)index;
- (void)setThreadgroupMemoryLength:(NSUInteger)length atIndex:(NSUInteger)index;
- (void)dispatchThreads:(MTLSize)grid threadsPerThreadgroup:(MTLSize)group;
- (void)endEncoding;
- (void)setLabel:(id)label;
@end

@protocol MTLCommandBuffer <Object>
- (id<MTLComputeCommandEncoder>)computeCommandEncoder;
- (void)commit;
- (void)waitUntilCompleted;
@end

@protocol MTLCommandQueue <Object>
- (id<MTLCommandBuffer>)commandBuffer;
@end

@protocol NSString <Object>
- (id)stringWithUTF8String:(const char *)text;
@end

@protocol MTLDevice <Object>
- (id<MTLCommandQueue>)newCommandQueue;
- (id)newBufferWithLength:(NSUInteger)length options:(NSUInteger)options;
- (id)newLibraryWithSource:(id)source options:(id)options error:(id *)error;
- (id)newFunctionWithName:(id)name;
- (id)newComputePipelineStateWithFunction:(id)function error:(id *)error;
@end

id MTLCreateSystemDefaultDevice(void);

// The host ends with a line that says what was expected, and exit code 99.
#define EXPECT(condition)                                                     \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      _exit(99);                                                              \
    }                                                                         \
  } while (0)

// A hang becomes a failure.
static inline void limit(unsigned seconds) { alarm(seconds); }

static inline id<Object> pool(void) { return [(id<Object>)objc_getClass("NSAutoreleasePool") new]; }

static inline id<MTLDevice> device(void) {
  id<MTLDevice> device = MTLCreateSystemDefaultDevice();
  EXPECT(device != nil);
  return device;
}

static inline id<MTLCommandQueue> queue(void) { return [device() newCommandQueue]; }

static inline id string(const char *text) {
  return [(id<NSString>)objc_getClass("NSString") stringWithUTF8String:text];
}

// What a product of 1 x 1 matrices takes.
typedef struct {
  id pipeline, buffers[3];
} Product;

static inline Product product(id<MTLDevice> device) {
  Product made;
  id<MTLDevice> library = [device newLibraryWithSource:string("") options:nil error:NULL];
  id function = [library newFunctionWithName:string("linear")];
  made.pipeline = [device newComputePipelineStateWithFunction:function error:NULL];
  EXPECT(made.pipeline != nil);
  for (int i = 0; i < 3; i++) made.buffers[i] = [device newBufferWithLength:4 options:0];
  return made;
}

// Work for the GPU.
static inline void encode(const Product *work, id<MTLComputeCommandEncoder> encoder) {
  uint32_t shape[3] = {1, 1, 1};
  MTLSize one = {1, 1, 1};
  [encoder setComputePipelineState:work->pipeline];
  for (int i = 0; i < 3; i++) [encoder setBuffer:work->buffers[i] offset:0 atIndex:i];
  [encoder setBytes:shape length:sizeof shape atIndex:3];
  [encoder dispatchThreads:one threadsPerThreadgroup:one];
}

// A counter of the injected library; -1 where it is not loaded.
static inline int64_t count(const char *name) {
  uint64_t (*getter)(void) = (uint64_t(*)(void))dlsym(RTLD_DEFAULT, name);
  return getter ? (int64_t)getter() : -1;
}

// A call that takes no lock of the driver's own, which a forked child would find taken.
static inline void touch(id<MTLComputeCommandEncoder> encoder) { [encoder setThreadgroupMemoryLength:32 atIndex:0]; }

// Threads that call one encoder again and again until told to stop.
static volatile bool stop;
static volatile uint64_t calls;

static inline void *hammer(void *encoder) {
  while (!stop) {
    touch((id<MTLComputeCommandEncoder>)encoder);
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
  }
  return NULL;
}

static inline void start(pthread_t *threads, int count, void *(*body)(void *), id encoder) {
  for (int i = 0; i < count; i++) EXPECT(pthread_create(&threads[i], NULL, body, (void *)encoder) == 0);
}

static inline void join(pthread_t *threads, int count) {
  for (int i = 0; i < count; i++) EXPECT(pthread_join(threads[i], NULL) == 0);
}

// A forked child ends with exit code 0.
static inline void expect_success(pid_t child) {
  int status;
  EXPECT(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  fprintf(stderr, "a child ended with status %#x\n", status);
  _exit(97);
}

static inline void wait_for_calls(uint64_t more) {
  uint64_t until = calls + more;
  while (calls < until) usleep(100);
}
