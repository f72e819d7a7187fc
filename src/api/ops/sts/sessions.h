#pragma once
// What the operations that begin sessions share. Source: STS API Reference, data types.
#include "api/op.h"
#include "iam/iam.h"
#include "iam/session.h"

namespace coffer::api::sts_ops {

constexpr uint32_t kBodyMax = 256 * 1024;

struct TagEntity {
  std::string key, value;
  static constexpr auto shape() {
    return fields(body<&TagEntity::key>("Key", {.min = 1, .max = 128}),
                  body<&TagEntity::value>("Value", {.min = 0, .max = 256}));
  }
};

struct PolicyArnEntity {
  std::optional<std::string> arn;
  static constexpr auto shape() {
    return fields(body<&PolicyArnEntity::arn>("arn", {.min = 20, .max = 2048}));
  }
};

struct CredentialsEntity {
  std::string access_key_id;
  Secret secret_access_key;
  std::string session_token;
  protocol::Timestamp expiration;
  static constexpr auto shape() {
    return fields(body<&CredentialsEntity::access_key_id>("AccessKeyId"),
                  body<&CredentialsEntity::secret_access_key>("SecretAccessKey"),
                  body<&CredentialsEntity::session_token>("SessionToken"),
                  body<&CredentialsEntity::expiration>("Expiration"));
  }
};
CredentialsEntity credentials(iam::NewSession session);

// check_name refuses a session's, user's or source's name outside [\w+=,.@-]*; `member` is how the
// refusal names it.
Status check_name(std::string_view member, const std::string& name);
// Errors: InvalidParameterValue, in STS's words.
Result<std::vector<iam::Tag>> tags_of(const std::vector<TagEntity>& tags);
std::vector<std::string> arns_of(const std::vector<PolicyArnEntity>& arns);
// set_request_tags sets aws:RequestTag/KEY and aws:TagKeys.
void set_request_tags(Demand& demand, const std::vector<iam::Tag>& tags);
// refuse_mfa: no device is known, so no code can be good.
Status refuse_mfa(const std::optional<std::string>& serial, const std::optional<std::string>& code);
// long_term_only refuses temporary credentials and what is neither a user nor an account's root.
Status long_term_only(const Call& call, std::string_view operation);
// own_duration is how long a session of the caller itself lasts: 12 hours unless asked otherwise,
// an account's root at most one.
int64_t own_duration(const Call& call, const std::optional<int64_t>& asked);

// note adds a request parameter to the record; note_credentials tells which key was given, and
// nothing that works.
void note(Call& call, std::string name, const std::optional<std::string>& value);
void note(Call& call, std::string name, const std::optional<int64_t>& value);
void note_credentials(Call& call, const CredentialsEntity& credentials);

}  // namespace coffer::api::sts_ops
