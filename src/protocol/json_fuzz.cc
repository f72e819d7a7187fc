// Any document: it is refused, or what was read can be written and read again to the same document.
#include "base/encoding.h"
#include "protocol/codec.h"
#include "protocol/testing/shapes.h"

using namespace coffer;
using namespace coffer::protocol;
using coffer::protocol::testing::Document;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Shape shape = testing::shape_of<Document>();
  Document first, second;
  if (!decode_json({reinterpret_cast<const char*>(data), size}, shape, &first).ok()) return 0;
  Bytes written = encode_json(shape, &first);
  CHECK(is_utf8(written));
  CHECK(decode_json(written, shape, &second).ok());
  CHECK(encode_json(shape, &second) == written);
  return 0;
}
