// Loads the library, whose path is its argument, when Metal is in use already, and closes it again.
#include "host.h"

int main(int argc, char **argv) {
  limit(60);
  EXPECT(argc == 2);
  id<MTLCommandQueue> commands = queue();
  id<MTLComputeCommandEncoder> encoder = [[commands commandBuffer] computeCommandEncoder];
  touch(encoder);

  void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  EXPECT(library != NULL);
  bool (*install)(void) = (bool (*)(void))dlsym(library, "agx_fix_install");
  bool (*is_enabled)(void) = (bool (*)(void))dlsym(library, "agx_fix_is_enabled");
  uint64_t (*acquisitions)(void) = (uint64_t(*)(void))dlsym(library, "agx_fix_get_acquisitions");
  uint64_t (*late_calls)(void) = (uint64_t(*)(void))dlsym(library, "agx_fix_get_late_calls");
  EXPECT(install && is_enabled && acquisitions && late_calls);
  EXPECT(!is_enabled());
  EXPECT(install());
  EXPECT(is_enabled());
  EXPECT(install());  // again: nothing is hooked twice

  uint64_t before = acquisitions();
  for (int i = 0; i < 100; i++) touch(encoder);
  EXPECT(acquisitions() == before + 100);
  [encoder endEncoding];
  touch(encoder);  // would read through NULL
  EXPECT(late_calls() == 1);

  dlclose(library);
  id<MTLComputeCommandEncoder> next = [[commands commandBuffer] computeCommandEncoder];
  touch(next);
  [next endEncoding];
  puts("guarded, and still there");
  return 0;
}
