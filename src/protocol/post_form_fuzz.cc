// Any form, in any pieces: it is refused, or its fields and its file are the same however it came;
// and its signature and its policy are read or refused. Input: a byte for the pieces' size, then
// the body, whose boundary is "B".
#include "base/encoding.h"
#include "protocol/post_policy.h"

using namespace coffer;
using namespace coffer::protocol;

namespace {

struct Outcome {
  std::string error;
  Bytes content;
  FormFields fields;
};

Outcome decode(ByteView body, size_t piece) {
  FormDecoder decoder("B");
  Outcome out;
  while (!body.empty() && out.error.empty()) {
    const ByteView now = body.substr(0, piece);
    body.remove_prefix(now.size());
    const Status fed = decoder.feed(now, out.content);
    if (!fed.ok()) out.error = fed.error().code;
    CHECK(decoder.at_file() || decoder.held_bytes() <= kFormFieldsBytesMax + 16 || !fed.ok());
  }
  if (const Status done = decoder.finish(); out.error.empty() && !done.ok())
    out.error = done.error().code;
  out.fields = std::move(decoder.fields());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ByteView body(reinterpret_cast<const char*>(data) + 1, size - 1);
  Outcome whole = decode(body, SIZE_MAX);
  const Outcome pieces = decode(body, size_t{1} + data[0]);
  CHECK(whole.error.empty() == pieces.error.empty());
  (void)form_boundary(body.substr(0, 200));
  (void)PostPolicy::parse(base64(body));
  if (!whole.error.empty()) return 0;
  CHECK(whole.content == pieces.content);
  CHECK(whole.fields.list().size() == pieces.fields.list().size());
  for (const FormField& field : whole.fields.list())
    CHECK(field.name == lower(field.sent) && pieces.fields.get(field.name) == field.value);
  (void)parse_form_signature(whole.fields).ok();
  auto policy = PostPolicy::parse(whole.fields.get("policy"));
  if (policy.ok())
    if (auto range = policy->check(whole.fields, "bucket", 0); !range.ok())
      CHECK(range.error().code == "AccessDenied");
  (void)whole.fields.expand("a/${filename}").ok();
  return 0;
}
