// Any form: it is refused, or what was read can be written as an answer.
#include "base/encoding.h"
#include "protocol/codec.h"
#include "protocol/testing/shapes.h"

using namespace coffer;
using namespace coffer::protocol;
using coffer::protocol::testing::Document;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto form = parse_form({reinterpret_cast<const char*>(data), size});
  if (!form.ok()) return 0;
  Document document;
  if (!decode_query(*form, testing::shape_of<Document>(), &document).ok()) return 0;
  CHECK(is_utf8(encode_query("Get", "ns", testing::shape_of<Document>(), &document, "id")));
  return 0;
}
