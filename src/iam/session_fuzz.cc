// Any bytes as a session token's plaintext: what decodes encodes to itself.
#include <cstdlib>

#include "iam/session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coffer;
  const ByteView raw(reinterpret_cast<const char*>(data), size);
  if (auto record = iam::decode_session(raw)) {
    auto again = iam::decode_session(iam::encode(*record));
    if (!again || iam::encode(*again) != iam::encode(*record)) std::abort();
  }
  return 0;
}
