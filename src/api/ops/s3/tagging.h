#pragma once
// Tags in requests, answers and decisions. Source: S3 User Guide, "Categorizing your storage using
// tags"; "Tagging and access control policies".
#include "api/ops/s3/common.h"
#include "s3/tags.h"

namespace coffer::api::s3_ops {

struct Tag {
  std::string key, value;
  static constexpr auto shape() {
    return fields(body<&Tag::key>("Key"), body<&Tag::value>("Value"));
  }
};
// Tagging is the document of every tagging operation.
struct Tagging {
  std::vector<Tag> tags;
  static constexpr auto shape() {
    return fields(body<&Tagging::tags>("TagSet", {.required = true, .member = "Tag"}));
  }
};
// tags_of: Errors InvalidTag, BadRequest.
Result<s3::Tags> tags_of(const std::vector<Tag>& sent, size_t max);
std::vector<Tag> shown_tags(const s3::Tags& tags);
// parse_tag_header reads x-amz-tagging, a URL's query. Errors: InvalidArgument, InvalidTag,
// BadRequest.
Result<s3::Tags> parse_tag_header(std::string_view text);
// parse_tag_document reads the tagging field of a form, a Tagging document. Errors: MalformedXML,
// InvalidTag, BadRequest.
Result<s3::Tags> parse_tag_document(std::string_view text);

// set_request_tags sets s3:RequestObjectTag/KEY and s3:RequestObjectTagKeys.
void set_request_tags(Demand& demand, const s3::Tags& tags);

// ExistingTags are those of the version that a request is about, read where a policy may ask for
// them: s3:ExistingObjectTag/KEY; `always`: also where none does.
struct ExistingTags {
  std::optional<s3::Judged> judged;
  s3::Tags tags;
  void set(Demand& demand) const;
};
Task<Result<ExistingTags>> existing_tags(Call& call, BucketPtr bucket, std::string key,
                                         std::optional<std::string> version_id,
                                         bool always = false);

// VersionFacts are what the decision on one version rests on.
struct VersionFacts {
  BucketPtr bucket;
  ExistingTags existing;
};
Task<Result<VersionFacts>> version_facts(Call& call, ObjectName at,
                                         std::optional<std::string> version_id);

}  // namespace coffer::api::s3_ops
