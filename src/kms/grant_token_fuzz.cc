// Feeds arbitrary text to the parser of grant tokens: it may not crash.
#include "kms/grants.h"

using namespace coffer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)kms::parse_grant_token({reinterpret_cast<const char*>(data), size});
  return 0;
}
