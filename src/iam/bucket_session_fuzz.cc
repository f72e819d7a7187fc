// Any bytes as the plaintext of a directory bucket's session token: what decodes encodes to itself.
#include <cstdlib>

#include "iam/bucket_session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coffer;
  const ByteView raw(reinterpret_cast<const char*>(data), size);
  if (auto record = iam::decode_bucket_session(raw)) {
    auto again = iam::decode_bucket_session(iam::encode(*record));
    if (!again || iam::encode(*again) != iam::encode(*record)) std::abort();
  }
  return 0;
}
