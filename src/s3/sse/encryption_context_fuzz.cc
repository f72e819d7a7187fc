// Any encryption context: refused, or a map of strings that writes and reads as itself.
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "s3/sse/plan.h"

using namespace coffer;
using namespace coffer::s3;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const std::string& header : {text, base64(text)}) {
    auto context = parse_context(header);
    if (!context.ok()) {
      CHECK(context.error().code == "InvalidArgument");
      continue;
    }
    for (const auto& [key, value] : *context) {
      CHECK(is_utf8(key) && is_utf8(value));
      CHECK(!iequals(key, "aws:s3:arn") && !iequals(key, "aws:s3express:arn"));
    }
    auto again = parse_context(base64(nlohmann::json(*context).dump()));
    // Written out it may be longer than what may be sent.
    CHECK(!again.ok() || *again == *context);
  }
  return 0;
}
