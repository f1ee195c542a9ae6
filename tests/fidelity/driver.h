// The driver of the fidelity test, as far as it is the same for every row: a root class, and the record of a call.

#include "call.h"

static struct call call = {.expected = -1};

struct call *last_call(void) { return &call; }

// Counting references and nothing else: what the hooks ask of any object.
__attribute__((objc_root_class)) @interface NSObject {
  Class isa;
  unsigned long references;
}
- (id)retain;
- (void)release;
- (unsigned long)retainCount;
- (void)dealloc;
@end

@implementation NSObject
+ (void)initialize {
}
- (id)retain {
  references++;
  return self;
}
- (void)release {
  if (--references == 0) [self dealloc];
}
- (unsigned long)retainCount {
  return references;
}
- (void)dealloc {
  object_dispose(self);
}
@end

// An object with one reference.
__attribute__((unused)) static id make(const char *class) {
  NSObject *object = class_createInstance(objc_getClass(class), 0);
  return [object retain];
}

static void received(int role, int row, id receiver, SEL selector) {
  call.aside = call.expected >= 0 && call.expected != row;
  if (call.aside) return;
  call.count++;
  call.role = role;
  call.row = row;
  call.receiver = receiver;
  call.selector = selector;
  call.received = call.answered = 0;
}

__attribute__((unused)) static void argument(const void *bytes, size_t size) {
  if (call.aside) return;
  memcpy(call.arguments + call.received, bytes, size);
  call.received += size;
}

static void *answered(const void *bytes, size_t size) {
  static unsigned char nothing[MOST_BYTES];
  if (call.aside) return nothing;
  memcpy(call.answer, bytes, call.answered = size);
  return call.answer;
}

// Any bits.
__attribute__((unused)) static void *answer_bits(const char *codes) {
  unsigned char bytes[MOST_BYTES];
  size_t size = fill(&call.random, codes, 3, bytes);
  return answered(bytes, size);
}

// A factory's answer.
__attribute__((unused)) static void *answer_object(const char *class) {
  BOOL is_nil = call.aside || (call.may_answer_nil && next(&call.random) % 8 == 0);
  id object = is_nil ? nil : make(class);
  return answered(&object, sizeof object);
}
