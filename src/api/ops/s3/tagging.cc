#include "api/ops/s3/tagging.h"

#include <algorithm>

#include "api/ops/s3/versions.h"
#include "authz/statement.h"
#include "base/encoding.h"
#include "protocol/xml_codec.h"

namespace coffer::api::s3_ops {
namespace {

constexpr std::string_view kExistingTag = "s3:existingobjecttag/";

Error invalid_tag_header(std::string_view text) {
  return s3::invalid_argument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters "
      "without tag name duplicates.",
      "x-amz-tagging", std::string(text));
}

// may_ask tells whether a policy could look at the tags of an object: in a condition, or by a
// variable, which an escape may hide.
bool may_ask(const std::shared_ptr<const authz::Policy>& policy) {
  if (!policy) return false;
  const std::string& text = policy->text();
  if (text.find('\\') != std::string::npos) return true;
  const bool variables = text.find('$') != std::string::npos;
  if (variables && lower(text).find(kExistingTag) != std::string::npos) return true;
  for (const authz::Statement& statement : policy->statements())
    for (const authz::Condition& condition : statement.conditions)
      if (condition.key.name.starts_with(kExistingTag)) return true;
  return false;
}

bool any_may_ask(const std::vector<authz::NamedPolicy>& list) {
  return std::any_of(list.begin(), list.end(),
                     [](const authz::NamedPolicy& named) { return may_ask(named.policy); });
}

bool any_may_ask(const authz::CallerPolicies& policies) {
  return any_may_ask(policies.identity) || any_may_ask(policies.session) ||
         (policies.boundary && may_ask(policies.boundary->policy)) ||
         std::any_of(policies.service_control.begin(), policies.service_control.end(),
                     [](const auto& level) { return any_may_ask(level); });
}

}  // namespace

Result<s3::Tags> tags_of(const std::vector<Tag>& sent, size_t max) {
  s3::TagList list;
  for (const Tag& tag : sent) list.emplace_back(tag.key, tag.value);
  return s3::make_tags(list, max);
}

std::vector<Tag> shown_tags(const s3::Tags& tags) {
  std::vector<Tag> out;
  for (const auto& [key, value] : tags) out.push_back({key, value});
  return out;
}

Result<s3::Tags> parse_tag_header(std::string_view text) {
  s3::TagList list;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('&', at), text.size());
    const std::string_view piece = text.substr(at, end - at);
    at = end + 1;
    if (piece.empty()) continue;
    const size_t equals = std::min(piece.find('='), piece.size());
    auto key = url_decode(piece.substr(0, equals), true);
    auto value =
        url_decode(equals < piece.size() ? piece.substr(equals + 1) : std::string_view{}, true);
    if (!key || !value) return invalid_tag_header(text);
    const bool twice = std::any_of(list.begin(), list.end(),
                                   [&](const auto& before) { return before.first == *key; });
    if (twice) return invalid_tag_header(text);
    list.emplace_back(std::move(*key), std::move(*value));
  }
  return s3::make_tags(list, s3::kObjectTagsMax);
}

Result<s3::Tags> parse_tag_document(std::string_view text) {
  static constexpr auto kShape = Tagging::shape();
  Tagging document;
  TRY_OK(protocol::decode_xml(text, "Tagging", kShape, &document));
  return tags_of(document.tags, s3::kObjectTagsMax);
}

void set_request_tags(Demand& demand, const s3::Tags& tags) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : tags) {
    demand.conditions.set("s3:RequestObjectTag/" + key, value);
    keys.push_back(key);
  }
  if (!keys.empty()) demand.conditions.set("s3:RequestObjectTagKeys", std::move(keys));
}

void ExistingTags::set(Demand& demand) const {
  for (const auto& [key, value] : tags) demand.conditions.set("s3:ExistingObjectTag/" + key, value);
}

Task<Result<ExistingTags>> existing_tags(Call& call, BucketPtr bucket, std::string key,
                                         std::optional<std::string> version_id, bool always) {
  ExistingTags out;
  const bool asked = may_ask(bucket->value.policy) || any_may_ask(call.caller.policies);
  if (!asked && !always) co_return out;
  if (asked) out.judged = s3::Judged{};
  auto version = version_in(bucket->value, version_id);
  if (!version) co_return out;  // refused later, by who may learn of it
  auto found = co_await call.services.s3->objects().describe(
      bucket, key, *version, [&](const s3::Head*) { return s3::no_such_key(key); });
  if (!found && found.error().code == "NoSuchKey") co_return out;
  if (!found) co_return std::move(found.error());
  if (asked) out.judged = s3::Judged{found->head.object_id, found->head.generation};
  out.tags = std::move(found->metadata.tags);
  co_return out;
}

Task<Result<VersionFacts>> version_facts(Call& call, ObjectName at,
                                         std::optional<std::string> version_id) {
  VersionFacts out;
  CO_TRY(out.bucket, find_bucket_of(call, at));
  CO_TRY(out.existing, co_await existing_tags(call, out.bucket, at.key, version_id));
  co_return out;
}

}  // namespace coffer::api::s3_ops
