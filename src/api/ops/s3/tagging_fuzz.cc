// Tags as a header and as a form's document: whatever is taken holds the rules.
#include "api/ops/s3/tagging.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace coffer;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (auto* parse : {&api::s3_ops::parse_tag_header, &api::s3_ops::parse_tag_document}) {
    auto tags = parse(text);
    if (!tags) continue;
    CHECK(tags->size() <= s3::kObjectTagsMax);
    const s3::TagList again(tags->begin(), tags->end());
    CHECK(s3::make_tags(again, s3::kObjectTagsMax).ok());
  }
  return 0;
}
