// AssumeRole begins a session of a role. The role's trust policy says who may; within one account
// it suffices where it names the caller, else the caller's own policies have to allow it too.
// Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
#include "api/ops/sts/sessions.h"
#include "base/arn.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace sts_ops;

constexpr int64_t kChainedMax_s = 3600;

struct AssumedRoleUser {
  std::string assumed_role_id, arn;
  static constexpr auto shape() {
    return fields(body<&AssumedRoleUser::assumed_role_id>("AssumedRoleId"),
                  body<&AssumedRoleUser::arn>("Arn"));
  }
};

Error bad_value(std::string text) { return {"InvalidParameterValue", std::move(text)}; }

bool has_key(const std::vector<iam::Tag>& tags, const std::string& key) {
  return std::any_of(tags.begin(), tags.end(),
                     [&](const iam::Tag& t) { return iequals(t.key, key); });
}

bool is_chained(const Call& call) {
  return call.caller.principal.type == authz::PrincipalType::kAssumedRole;
}

// inherited answers the tags that the calling session passes on. Its token came in a header: what
// is read from there was opened for this request's access key already.
Result<std::vector<iam::Tag>> inherited(const Call& call) {
  if (!is_chained(call)) return std::vector<iam::Tag>();
  const auto token = call.request.headers.find("x-amz-security-token");
  if (!token) return bad_value("A session's token has to come in the header x-amz-security-token.");
  return call.services.iam->transitive_tags(call.caller.principal.access_key_id, *token);
}

struct AssumeRole {
  struct Input {
    std::string role_arn, role_session_name;
    std::vector<PolicyArnEntity> policy_arns;
    std::optional<std::string> policy;
    std::optional<int64_t> duration_seconds;
    std::vector<TagEntity> tags;
    std::vector<std::string> transitive_tag_keys;
    std::optional<std::string> external_id, serial_number, token_code, source_identity;
  };
  struct Output {
    CredentialsEntity credentials;
    AssumedRoleUser assumed_role_user;
    std::optional<int64_t> packed_policy_size;
    std::optional<std::string> source_identity;
  };

  static constexpr OpSpec spec{.service = Service::kSts,
                               .name = "AssumeRole",
                               .body_bytes_max = kBodyMax,
                               .read_only = true};
  static constexpr auto input =
      fields(body<&Input::role_arn>("RoleArn", {.min = 20, .max = 2048}),
             body<&Input::role_session_name>("RoleSessionName", {.min = 2, .max = 64}),
             body<&Input::policy_arns>("PolicyArns", {.max = 10}),
             body<&Input::policy>("Policy", {.min = 1, .max = 2048}),
             body<&Input::duration_seconds>("DurationSeconds", {.min = 900, .max = 43200}),
             body<&Input::tags>("Tags", {.max = 50}),
             body<&Input::transitive_tag_keys>("TransitiveTagKeys", {.max = 50}),
             body<&Input::external_id>("ExternalId", {.min = 2, .max = 1224}),
             body<&Input::serial_number>("SerialNumber", {.min = 9, .max = 256}),
             body<&Input::token_code>("TokenCode", {.min = 6, .max = 6}),
             body<&Input::source_identity>("SourceIdentity", {.min = 2, .max = 64}));
  static constexpr auto output = fields(body<&Output::credentials>("Credentials"),
                                        body<&Output::assumed_role_user>("AssumedRoleUser"),
                                        body<&Output::packed_policy_size>("PackedPolicySize"),
                                        body<&Output::source_identity>("SourceIdentity"));

  static Status validate(const Input& in, Call& call) {
    note(call, "roleArn", std::optional(in.role_arn));
    note(call, "roleSessionName", std::optional(in.role_session_name));
    note(call, "externalId", in.external_id);
    note(call, "durationSeconds", in.duration_seconds);
    note(call, "sourceIdentity", in.source_identity);
    const auto arn = Arn::parse(in.role_arn);
    if (!arn || arn->service != "iam" || !arn->resource.starts_with("role/") ||
        !is_account_id(arn->account))
      return Error{"ValidationError", fmt::format("{} is invalid", in.role_arn)};
    TRY_OK(check_name("roleSessionName", in.role_session_name));
    if (in.source_identity) TRY_OK(check_name("sourceIdentity", *in.source_identity));
    if (call.caller.principal.is_root())
      return Error{"AccessDenied", "Roles may not be assumed by root accounts."};
    return refuse_mfa(in.serial_number, in.token_code);
  }

  struct Facts {
    iam::RolePtr role;  // null: there is none
    std::string account;
    std::vector<iam::Tag> tags;
    std::vector<std::string> transitive;
    std::string source_identity;
  };
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    Facts out{.role = call.services.iam->role_named(in.role_arn),
              .account = Arn::parse(in.role_arn)->account,
              .transitive = in.transitive_tag_keys};
    CO_TRY(out.tags, tags_of(in.tags));
    for (const std::string& key : in.transitive_tag_keys)
      if (!has_key(out.tags, key))
        co_return bad_value(
            "The specified transitive tag key must be included in the requested tags.");
    CO_TRY(auto passed_on, inherited(call));
    for (iam::Tag& tag : passed_on) {
      if (has_key(out.tags, tag.key))
        co_return bad_value(
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session.");
      out.transitive.push_back(tag.key);
      out.tags.push_back(std::move(tag));
    }
    const std::string& before = call.caller.principal.source_identity;
    out.source_identity = in.source_identity.value_or(before);
    if (!before.empty() && out.source_identity != before)
      co_return Error{"AccessDenied",
                      "SourceIdentity cannot be changed once it is set in a role session."};
    co_return out;
  }

  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    Demand assume{.action = "sts:AssumeRole",
                  .resource = in.role_arn,
                  .resource_account = facts.account,
                  .rule = authz::ResourceRule::kTrustPolicy};
    if (facts.role) {
      assume.resource_policy = facts.role->trust;
      for (const iam::Tag& t : facts.role->tags) {
        assume.conditions.set("aws:ResourceTag/" + t.key, t.value);
        assume.conditions.set("iam:ResourceTag/" + t.key, t.value);
      }
    }
    assume.conditions.set("sts:RoleSessionName", in.role_session_name);
    if (in.external_id) assume.conditions.set("sts:ExternalId", *in.external_id);
    if (!facts.source_identity.empty())
      assume.conditions.set("sts:SourceIdentity", facts.source_identity);
    if (!facts.transitive.empty()) assume.conditions.set("sts:TransitiveTagKeys", facts.transitive);
    set_request_tags(assume, facts.tags);
    std::vector<Demand> out{assume};
    if (!facts.tags.empty()) {
      out.push_back(assume);
      out.back().action = "sts:TagSession";
    }
    if (!facts.source_identity.empty()) {
      out.push_back(assume);
      out.back().action = "sts:SetSourceIdentity";
    }
    return out;
  }

  static Status check_duration(const Input& in, const iam::Role& role, const Call& call) {
    const int64_t seconds = in.duration_seconds.value_or(kChainedMax_s);
    if (is_chained(call) && seconds > kChainedMax_s)
      return Error{"ValidationError",
                   "The requested DurationSeconds exceeds the 1 hour session limit for roles "
                   "assumed by role chaining."};
    if (seconds > role.max_session_s)
      return Error{"ValidationError",
                   "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                   "role."};
    return ok_status();
  }

  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CHECK(facts.role != nullptr);  // no trust policy, no permission
    const iam::Role& role = *facts.role;
    CO_TRY_OK(check_duration(*in, role, call));
    CO_TRY(iam::NewSession session, co_await call.services.iam->begin_session(
                                        {.kind = iam::SessionKind::kRole,
                                         .account = role.account,
                                         .parent_id = role.id,
                                         .name = in->role_session_name,
                                         .duration_s = in->duration_seconds.value_or(kChainedMax_s),
                                         .tags = std::move(facts.tags),
                                         .transitive = std::move(facts.transitive),
                                         .source_identity = facts.source_identity,
                                         .policy = in->policy.value_or(""),
                                         .policy_arns = arns_of(in->policy_arns)}));
    Output out;
    if (session.packed_percent > 0) out.packed_policy_size = session.packed_percent;
    if (!facts.source_identity.empty()) out.source_identity = facts.source_identity;
    out.assumed_role_user = {role.id + ":" + in->role_session_name,
                             fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", role.account,
                                         role.name, in->role_session_name)};
    out.credentials = credentials(std::move(session));
    note_credentials(call, out.credentials);
    co_return std::move(out);
  }
};

}  // namespace

COFFER_OPERATION(sts, AssumeRole);

}  // namespace coffer::api
