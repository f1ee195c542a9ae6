// The host of the fidelity test, as far as it is the same for every row: sends each row's message with one pattern of
// values after another, and compares what was sent with what the driver received, and what the driver answered with
// what came back.

#include "call.h"
#include <signal.h>
#include <unistd.h>

enum receiver {
  SHARED, // one object for all patterns
  FRESH,  // an object for each: the message ends or frees it
};

struct row {
  int number, role;
  const char *protocol, *selector, *arguments, *answer;
  void (*send)(id receiver, const unsigned char *sent, unsigned char *answer);
  enum receiver receiver;
  int list_of; // the role of the objects in the list that the first two arguments are, or -1
};

id MTLCreateSystemDefaultDevice(void);

// Generated.
static id make(int role);
static id homes[ROLES];
extern const struct row rows[];
extern const size_t row_count;

// The object that outlives the test.
static id home(int role) {
  if (!homes[role]) homes[role] = make(role);
  return homes[role];
}

static void print_bytes(const char *what, const unsigned char *bytes, size_t size) {
  fprintf(stderr, " %s", what);
  for (size_t i = 0; i < size; i++) fprintf(stderr, "%s%02x", i % 8 ? "" : " ", bytes[i]);
}

static void differs(const struct row *row, unsigned pattern, const char *what) {
  fprintf(stderr, "differs: row %d -[%s %s] pattern %u: %s", row->number, row->protocol, row->selector, pattern, what);
}

static void compare(const struct row *row, unsigned pattern, const char *what, const char *sent_by,
                    const unsigned char *one, const unsigned char *other, size_t size) {
  differs(row, pattern, what);
  print_bytes(sent_by, one, size);
  print_bytes("arrived", other, size);
  fputc('\n', stderr);
}

// The first argument that did not arrive as it was sent. False if all did.
static BOOL arguments_differ(const struct row *row, unsigned pattern, const unsigned char *sent) {
  size_t from = 0, to = 0;
  unsigned index = 0;
  for (const char *code = row->arguments; *code; code++) {
    if (*code != ',') {
      to += width(*code);
      continue;
    }
    if (memcmp(sent + from, last_call()->arguments + from, to - from)) {
      char what[32];
      snprintf(what, sizeof what, "argument %u:", index);
      compare(row, pattern, what, "sent", sent + from, last_call()->arguments + from, to - from);
      return YES;
    }
    from = to;
    index++;
  }
  return NO;
}

// A list of live objects: what the hooks of such a row look at.
static void put_list(const struct row *row, uint64_t *random, unsigned char *sent) {
  static id list[4];
  for (size_t i = 0; i < 4; i++)
    if (!list[i]) list[i] = make(row->list_of);
  size_t from = next(random) % 4, count = next(random) % (5 - from);
  id swapped = list[0];
  list[0] = list[from];
  list[from] = swapped;
  id *start = list + from;
  memcpy(sent, &start, sizeof start);
  memcpy(sent + sizeof start, &count, sizeof count);
}

// One message. True if it went through as it should.
static BOOL is_faithful(const struct row *row, unsigned pattern, uint64_t *random) {
  unsigned char sent[MOST_BYTES], came_back[MOST_BYTES];
  struct call *call = last_call();
  fill(random, row->arguments, pattern, sent);
  if (row->list_of >= 0) put_list(row, random, sent);
  id receiver = row->receiver == FRESH ? make(row->role) : home(row->role);
  unsigned long before = call->count;
  call->may_answer_nil = YES;
  call->expected = row->number;
  row->send(receiver, sent, came_back);
  call->may_answer_nil = NO;
  call->expected = -1;
  if (call->count != before + 1) {
    differs(row, pattern, "");
    fprintf(stderr, "reached the driver %lu times\n", call->count - before);
    return NO;
  }
  if (call->row != row->number || call->role != row->role || call->receiver != receiver ||
      strcmp(sel_getName(call->selector), row->selector)) {
    differs(row, pattern, "");
    fprintf(stderr, "arrived as row %d, role %d, %s\n", call->row, call->role, sel_getName(call->selector));
    return NO;
  }
  if (arguments_differ(row, pattern, sent)) return NO;
  if (!memcmp(call->answer, came_back, call->answered)) return YES;
  compare(row, pattern, "the answer:", "answered", call->answer, came_back, call->answered);
  return NO;
}

// Where the host is, for the handler below.
static const struct row *current;
static unsigned current_pattern;

// A struct that did not arrive may be read through an address that is none.
static void crashed(int signal) {
  differs(current, current_pattern, "");
  fprintf(stderr, "crash, signal %d\n", signal);
  _exit(1);
}

// HOST SEED PATTERNS: exit code 0 if every row is faithful, 1 if not.
int main(int count, char **arguments) {
  if (count != 3) return 2;
  uint64_t random = strtoull(arguments[1], NULL, 0);
  unsigned patterns = (unsigned)strtoul(arguments[2], NULL, 0), faithful = 0, checked = 0;
  alarm(300); // a hang becomes a failure
  signal(SIGSEGV, crashed);
  signal(SIGBUS, crashed);
  last_call()->random = ~random;
  for (size_t i = 0; i < row_count; i++) {
    BOOL same = YES;
    current = &rows[i];
    for (current_pattern = 0; same && current_pattern < patterns; current_pattern++) {
      same = is_faithful(current, current_pattern, &random);
      checked++;
    }
    faithful += same;
  }
  printf("%u of %zu rows, %u patterns\n", faithful, row_count, checked);
  return faithful != row_count;
}
