// The part of the test that is compiled by GCC, by the convention of AArch64 Linux: puts the hooks in place when it is
// asked to, and prints for the code that follows Apple's convention.

#include <objc/objc.h>
#include <objc/runtime.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The hooks, in Rust. Nothing here is passed or answered but pointers and words, alike in both conventions.
struct hook {
  const char *class, *selector;
  IMP function;
  IMP *original;
};
extern const struct hook HOOKS[];
extern const size_t HOOK_COUNT;
extern size_t HOOK_CALLS;

// By Apple's convention, two bytes that are packed into one word of the stack: what the callee, in Rust or compiled by
// clang, takes for its ninth and tenth argument.
typedef unsigned long takes_bytes(long, long, long, long, long, long, long, long, unsigned long word);
takes_bytes second_byte_in_rust, second_byte_in_clang;

// The host's `main`.
int host_main(int count, char **arguments);

// A list whose registers are used up: all that is left is the stack, which has a word for each argument, as Apple's
// lists have.
static va_list *list_on_stack(va_list *list, void *stack) {
  memset(list, 0, sizeof *list);
  list->__stack = stack;
  return list;
}

int print_by_list(FILE *file, const char *format, void *stack) {
  va_list list;
  return vfprintf(file, format, *list_on_stack(&list, stack));
}

int print_to_text_by_list(char *text, size_t size, const char *format, void *stack) {
  va_list list;
  return vsnprintf(text, size, format, *list_on_stack(&list, stack));
}

// The hooks name it; nothing is thrown through them here.
void rust_eh_personality(void) { abort(); }

static BOOL swizzle(const struct hook *hook) {
  Class class = objc_getClass(hook->class);
  Method method = class ? class_getInstanceMethod(class, sel_registerName(hook->selector)) : NULL;
  if (!method) {
    fprintf(stderr, "no method -[%s %s]\n", hook->class, hook->selector);
    return NO;
  }
  *hook->original = method_setImplementation(method, hook->function);
  return YES;
}

// START bare|hooked SEED PATTERNS
int main(int count, char **arguments) {
  if (count != 4) return 2;
  if (second_byte_in_rust(0, 0, 0, 0, 0, 0, 0, 0, 0x5ba7) != 0x5b ||
      second_byte_in_clang(0, 0, 0, 0, 0, 0, 0, 0, 0x5ba7) != 0x5b) {
    fprintf(stderr, "this is not Apple's convention\n");
    return 2;
  }
  size_t hooks = strcmp(arguments[1], "hooked") ? 0 : HOOK_COUNT;
  for (size_t i = 0; i < hooks; i++)
    if (!swizzle(&HOOKS[i])) return 2;
  int result = host_main(count - 1, arguments + 1);
  printf("%zu hooks, %zu calls\n", hooks, HOOK_CALLS);
  return result;
}
