// GetFederationToken gives temporary credentials to somebody whom a user, or an account's root,
// vouches for: what the caller may do, as far as the policies passed along allow it.
// Source: docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
#include "api/ops/sts/sessions.h"

namespace coffer::api {
namespace {

using namespace sts_ops;

struct FederatedUser {
  std::string federated_user_id, arn;
  static constexpr auto shape() {
    return fields(body<&FederatedUser::federated_user_id>("FederatedUserId"),
                  body<&FederatedUser::arn>("Arn"));
  }
};

std::string arn_of(const Call& call, const std::string& name) {
  return fmt::format("arn:aws:sts::{}:federated-user/{}", call.caller.principal.account, name);
}

struct GetFederationToken {
  struct Input {
    std::string name;
    std::optional<std::string> policy;
    std::vector<PolicyArnEntity> policy_arns;
    std::optional<int64_t> duration_seconds;
    std::vector<TagEntity> tags;
  };
  struct Output {
    CredentialsEntity credentials;
    FederatedUser federated_user;
    std::optional<int64_t> packed_policy_size;
  };

  static constexpr OpSpec spec{.service = Service::kSts,
                               .name = "GetFederationToken",
                               .body_bytes_max = kBodyMax,
                               .read_only = true};
  static constexpr auto input =
      fields(body<&Input::name>("Name", {.min = 2, .max = 32}),
             body<&Input::policy>("Policy", {.min = 1, .max = 2048}),
             body<&Input::policy_arns>("PolicyArns", {.max = 10}),
             body<&Input::duration_seconds>("DurationSeconds", {.min = 900, .max = 129600}),
             body<&Input::tags>("Tags", {.max = 50}));
  static constexpr auto output = fields(body<&Output::credentials>("Credentials"),
                                        body<&Output::federated_user>("FederatedUser"),
                                        body<&Output::packed_policy_size>("PackedPolicySize"));

  static Status validate(const Input& in, Call& call) {
    note(call, "name", std::optional(in.name));
    note(call, "policy", in.policy);
    note(call, "durationSeconds", in.duration_seconds);
    TRY_OK(check_name("name", in.name));
    return long_term_only(call, "GetFederationToken");
  }
  using Facts = std::vector<iam::Tag>;
  static Task<Result<Facts>> facts(const Input& in, Call&) { co_return tags_of(in.tags); }
  static std::vector<Demand> demands(const Input& in, const Facts& tags, const Call& call) {
    Demand ask{.action = "sts:GetFederationToken",
               .resource = arn_of(call, in.name),
               .resource_account = call.caller.principal.account};
    set_request_tags(ask, tags);
    std::vector<Demand> out{ask};
    if (tags.empty()) return out;
    out.push_back(ask);
    out.back().action = "sts:TagSession";
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts tags, Call& call) {
    const authz::Principal& who = call.caller.principal;
    CO_TRY(iam::NewSession session, co_await call.services.iam->begin_session(
                                        {.kind = iam::SessionKind::kFederated,
                                         .account = who.account,
                                         .parent_id = who.is_root() ? "" : who.principal_id,
                                         .name = in->name,
                                         .duration_s = own_duration(call, in->duration_seconds),
                                         .tags = std::move(tags),
                                         .policy = in->policy.value_or(""),
                                         .policy_arns = arns_of(in->policy_arns)}));
    Output out{.federated_user = {who.account + ":" + in->name, arn_of(call, in->name)}};
    if (session.packed_percent > 0) out.packed_policy_size = session.packed_percent;
    out.credentials = credentials(std::move(session));
    note_credentials(call, out.credentials);
    co_return std::move(out);
  }
};

}  // namespace

COFFER_OPERATION(sts, GetFederationToken);

}  // namespace coffer::api
