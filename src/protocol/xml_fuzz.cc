// Any body: it is refused, or what was read can be written and read again to the same document.
#include "base/encoding.h"
#include "protocol/codec.h"
#include "protocol/testing/shapes.h"

using namespace coffer;
using namespace coffer::protocol;
using coffer::protocol::testing::Document;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Shape shape = testing::shape_of<Document>();
  Document first, second;
  Status status = decode_rest({.body = {reinterpret_cast<const char*>(data), size}}, shape, &first);
  if (!status.ok()) return 0;
  Bytes written = encode_rest("Document", "", shape, &first).body;
  CHECK(is_utf8(written));
  CHECK(decode_rest({.body = written}, shape, &second).ok());
  CHECK(encode_rest("Document", "", shape, &second).body == written);
  return 0;
}
