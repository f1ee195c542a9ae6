// Put before driver.m and host.m when clang compiles them by Apple's calling convention.

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

// Variable arguments are on the stack here, and in registers where the C library looks for them.
int print_by_list(FILE *file, const char *format, void *stack);
int print_to_text_by_list(char *text, size_t size, const char *format, void *stack);

static inline int apple_fprintf(FILE *file, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int count = print_by_list(file, format, list);
  va_end(list);
  return count;
}

static inline int apple_snprintf(char *text, size_t size, const char *format, ...) {
  va_list list;
  va_start(list, format);
  int count = print_to_text_by_list(text, size, format, list);
  va_end(list);
  return count;
}

#define fprintf apple_fprintf
#define printf(...) apple_fprintf(stdout, __VA_ARGS__)
#define snprintf apple_snprintf

#ifdef HOST
// For a look at the convention itself, see `start.c`.
unsigned long second_byte_in_clang(long, long, long, long, long, long, long, long, unsigned char first,
                                   unsigned char second);
unsigned long second_byte_in_clang(long a, long b, long c, long d, long e, long f, long g, long h, unsigned char first,
                                   unsigned char second) {
  return a + b + c + d + e + f + g + h + second + 0 * first;
}
#endif
