// What the host and the driver of the fidelity test share: one call as both saw it, the values that calls carry, and
// the destruction of registers.
//
// A signature is written as the type codes of its words (Objective-C's), structs flattened, a comma after each
// argument: "@,QQQ,f," is an object, three unsigned longs, a float.

#include <objc/objc.h>
#include <objc/runtime.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 256

// The last message that reached the driver. The host reads it after each message.
struct call {
  unsigned long count; // messages since the start
  int role, row;
  id receiver;
  SEL selector;
  size_t received, answered; // bytes
  unsigned char arguments[MOST_BYTES], answer[MOST_BYTES];
  uint64_t random; // where the driver's answers come from
  BOOL may_answer_nil;
  int expected; // the row that the host is sending, or -1
  BOOL aside;   // the present message is another one: the hooks' own, which leaves no trace here
};

struct call *last_call(void);

// SplitMix64: any seed will do, and the next one may be its neighbour.
static inline uint64_t next(uint64_t *random) {
  uint64_t z = *random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static inline size_t width(char code) {
  switch (code) {
  case 'C': case 'c': case 'B': return 1;
  case 'I': case 'i': case 'f': return 4;
  default: return 8;
  }
}

// Zero, all ones, the sign alone, all but the sign, one bit, or anything.
static inline uint64_t integer(uint64_t *random, size_t bytes) {
  uint64_t sign = 1ull << (8 * bytes - 1), any = next(random);
  switch (any % 10) {
  case 0: return 0;
  case 1: return ~0ull;
  case 2: return sign;
  case 3: return sign - 1;
  case 4: return 1ull << next(random) % (8 * bytes);
  default: return next(random);
  }
}

// Zero with either sign, infinity, a quiet or signalling NaN with a payload, a subnormal number, or anything.
static inline uint64_t floating(uint64_t *random, size_t bytes) {
  uint64_t sign = 1ull << (8 * bytes - 1);
  uint64_t fraction = bytes == 4 ? (1ull << 23) - 1 : (1ull << 52) - 1;
  uint64_t exponent = (sign - 1) & ~fraction, any = next(random);
  switch (any % 12) {
  case 0: return 0;
  case 1: return sign;
  case 2: return exponent;
  case 3: case 4: return exponent | (next(random) & (fraction | sign)) | 1;
  case 5: return (next(random) & (fraction | sign)) | 1;
  default: return next(random);
  }
}

// The values of one pattern of a signature; answers their length. The first patterns are the same for every seed:
// distinct bytes, so that any two words that changed places are seen; all zeros; all ones.
static inline size_t fill(uint64_t *random, const char *codes, unsigned pattern, unsigned char *bytes) {
  size_t length = 0;
  for (; *codes; codes++) {
    if (*codes == ',') continue;
    size_t size = width(*codes);
    uint64_t value = *codes == 'f' || *codes == 'd' ? floating(random, size) : integer(random, size);
    switch (pattern) {
    case 0: for (size_t i = 0; i < size; i++) bytes[length + i] = (unsigned char)(length + i + 1); break;
    case 1: memset(bytes + length, 0, size); break;
    case 2: memset(bytes + length, 0xff, size); break;
    default: memcpy(bytes + length, &value, size); // the first bytes of a word are its low ones on both machines
    }
    length += size;
  }
  return length;
}

// Destroys every register that carries an argument or a result, and what is below the stack pointer. A hook that
// forgets an argument must not find it where the sender left it.
__attribute__((noinline, unused)) static void clobber(void) {
  volatile unsigned char below[512];
  for (size_t i = 0; i < sizeof below; i++) below[i] = 0xa5;
#if defined __x86_64__
  __asm__ volatile(
      "mov $-0x5b, %%rax\n mov %%rax, %%rdi\n mov %%rax, %%rsi\n mov %%rax, %%rdx\n mov %%rax, %%rcx\n"
      "mov %%rax, %%r8\n mov %%rax, %%r9\n mov %%rax, %%r10\n mov %%rax, %%r11\n"
      "pcmpeqd %%xmm0, %%xmm0\n pcmpeqd %%xmm1, %%xmm1\n pcmpeqd %%xmm2, %%xmm2\n pcmpeqd %%xmm3, %%xmm3\n"
      "pcmpeqd %%xmm4, %%xmm4\n pcmpeqd %%xmm5, %%xmm5\n pcmpeqd %%xmm6, %%xmm6\n pcmpeqd %%xmm7, %%xmm7\n" ::
          : "rax", "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
            "xmm6", "xmm7", "memory");
#elif defined __aarch64__
  __asm__ volatile(
      "mov x0, #-91\n mov x1, x0\n mov x2, x0\n mov x3, x0\n mov x4, x0\n mov x5, x0\n mov x6, x0\n mov x7, x0\n"
      "mov x8, x0\n movi v0.2d, #-1\n movi v1.2d, #-1\n movi v2.2d, #-1\n movi v3.2d, #-1\n movi v4.2d, #-1\n"
      "movi v5.2d, #-1\n movi v6.2d, #-1\n movi v7.2d, #-1\n" ::
          : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
            "memory");
#else
#error "which registers carry arguments here?"
#endif
}
