// Any request head: parse_signature answers, in all families, and what it accepts is whole.
// Input: "METHOD target" on the first line, then a header a line.
#include "base/encoding.h"
#include "protocol/sigv4.h"

using namespace coffer;
using namespace coffer::protocol;

namespace {

std::string fake_hash(ByteView) { return std::string(64, '0'); }

std::string_view take_line(std::string_view& text) {
  size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  net::Request request;
  std::string_view first = take_line(text);
  size_t blank = std::min(first.find(' '), first.size());
  request.method = first.substr(0, blank);
  request.target = first.substr(std::min(blank + 1, first.size()));
  while (!text.empty()) {
    std::string_view line = take_line(text);
    size_t colon = std::min(line.find(':'), line.size());
    request.headers.add(std::string(line.substr(0, colon)),
                        std::string(trim(line.substr(std::min(colon + 1, line.size())))));
  }
  scope_service(request);
  for (auto family : {SigningFamily::kS3, SigningFamily::kQuery, SigningFamily::kJson}) {
    auto parsed = parse_signature(request, family, fake_hash(""), &fake_hash);
    if (!parsed.ok() || !parsed->has_value()) continue;
    const SignedRequest& s = **parsed;
    (void)check_time(s, family, s.signed_at_ms).ok();
    CHECK(!signature_mismatch(s, family).code.empty());
    CHECK(!s.scope.access_key_id.empty() && !s.signature.empty());
    if (s.version == SignatureVersion::k2) {
      CHECK(family == SigningFamily::kS3 && s.string_to_sign.starts_with(request.method));
      continue;
    }
    CHECK(s.signature.size() == 64 && !s.payload_hash.empty());
    CHECK(s.scope.access_key_id.find('/') == std::string::npos);
    CHECK(s.canonical_request.ends_with(s.payload_hash) &&
          s.string_to_sign.starts_with("AWS4-HMAC-SHA256\n"));
  }
  return 0;
}
