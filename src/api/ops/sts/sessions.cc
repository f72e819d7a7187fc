#include "api/ops/sts/sessions.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace coffer::api::sts_ops {

CredentialsEntity credentials(iam::NewSession session) {
  return {std::move(session.access_key_id),
          std::move(session.secret),
          std::move(session.token),
          {session.expires_ms}};
}

Status check_name(std::string_view member, const std::string& name) {
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
  if (good) return ok_status();
  return Error{"ValidationError",
               fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy "
                           "constraint: Member must satisfy regular expression pattern: "
                           "[\\w+=,.@-]*",
                           name, member)};
}

Result<std::vector<iam::Tag>> tags_of(const std::vector<TagEntity>& tags) {
  std::vector<iam::Tag> out;
  for (const TagEntity& t : tags) {
    for (const iam::Tag& known : out)
      if (iequals(known.key, t.key))
        return Error{"InvalidParameterValue",
                     "Duplicate tag keys found. Please note that Tag keys are case insensitive."};
    out.push_back({t.key, t.value});
  }
  return out;
}

std::vector<std::string> arns_of(const std::vector<PolicyArnEntity>& arns) {
  std::vector<std::string> out;
  for (const PolicyArnEntity& p : arns) out.push_back(p.arn.value_or(""));
  return out;
}

void set_request_tags(Demand& demand, const std::vector<iam::Tag>& tags) {
  if (tags.empty()) return;
  std::vector<std::string> keys;
  for (const iam::Tag& t : tags) {
    demand.conditions.set("aws:RequestTag/" + t.key, t.value);
    keys.push_back(t.key);
  }
  demand.conditions.set("aws:TagKeys", std::move(keys));
}

Status refuse_mfa(const std::optional<std::string>& serial,
                  const std::optional<std::string>& code) {
  if (!serial && !code) return ok_status();
  return Error{"AccessDenied",
               "MultiFactorAuthentication failed with invalid MFA one time pass code. "};
}

Status long_term_only(const Call& call, std::string_view operation) {
  const authz::Principal& p = call.caller.principal;
  const bool own = p.type == authz::PrincipalType::kUser || p.is_root();
  if (own && !p.token_issued_ms) return ok_status();
  return Error{"AccessDenied", fmt::format("Cannot call {} with session credentials", operation)};
}

int64_t own_duration(const Call& call, const std::optional<int64_t>& asked) {
  const int64_t seconds = asked.value_or(43200);
  return call.caller.principal.is_root() ? std::min<int64_t>(seconds, 3600) : seconds;
}

void note(Call& call, std::string name, const std::optional<std::string>& value) {
  if (value) call.draft.event.request.push_back({std::move(name), *value});
}
void note(Call& call, std::string name, const std::optional<int64_t>& value) {
  if (value) call.draft.event.request.push_back({std::move(name), std::to_string(*value), true});
}

void note_credentials(Call& call, const CredentialsEntity& credentials) {
  const nlohmann::ordered_json out{{"accessKeyId", credentials.access_key_id},
                                   {"expiration", iso8601(credentials.expiration.ms)}};
  call.draft.event.response.push_back({"credentials", out.dump(), true});
}

}  // namespace coffer::api::sts_ops
