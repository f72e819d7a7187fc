// RetireGrant gives a grant back: the retiring principal, a grantee who may, or whom the key policy
// lets. Source: docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html
#include "api/ops/kms/grants.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct RetireGrant {
  struct Input {
    std::optional<std::string> token, key_id, grant_id;
    std::optional<bool> dry_run;
  };
  using Output = Nothing;
  struct Facts {
    Target target;
    std::string grant_id;
  };

  static constexpr OpSpec spec{.service = Service::kKms, .name = "RetireGrant"};
  static constexpr auto input = fields(body<&Input::token>("GrantToken", {.min = 1, .max = 8192}),
                                       body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
                                       body<&Input::grant_id>("GrantId", {.min = 1, .max = 128}),
                                       body<&Input::dry_run>("DryRun"));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    if (in.token.has_value() != (in.key_id && in.grant_id)) return ok_status();
    return Error{"ValidationException",
                 "Specify either a grant token, or the key ARN and the grant ID."};
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    Facts out;
    std::string key = in.key_id.value_or("");
    out.grant_id = in.grant_id.value_or("");
    if (in.token) {
      auto named = kms::parse_grant_token(*in.token);
      if (!named) co_return Error{"InvalidGrantTokenException", "The grant token is not valid."};
      key = named->key_arn;
      out.grant_id = named->grant_id;
    }
    if (!key.starts_with("arn:"))
      co_return Error{"InvalidArnException", fmt::format("Invalid arn {}", key)};
    note(call, "grantId", out.grant_id);
    CO_TRY(out.target, co_await key_named(call, std::move(key)));
    co_return out;
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out{demand_on(call, facts.target, "RetireGrant")};
    auto& grants = out[0].grants;
    // A grantee retires its own grant alone; the retiring principal as if it were granted that.
    std::erase_if(grants, [&](const auto& grant) { return grant->grant_id != facts.grant_id; });
    const GrantPtr grant =
        facts.target.key ? kms::grant_of(*facts.target.key, facts.grant_id) : nullptr;
    if (grant && !grant->retiring_principal.empty()) {
      auto retiring = std::make_shared<authz::Grant>();
      retiring->grant_id = grant->grant_id;
      retiring->grantee_principal = grant->retiring_principal;
      retiring->operations = {"RetireGrant"};
      grants.push_back(std::move(retiring));
    }
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    kms::KeyService& kms = *call.services.kms;
    CO_TRY(KeyPtr key, co_await kms.made(facts.target));
    note_resource(call, *key);
    if (!kms::grant_of(*key, facts.grant_id))
      co_return Error{"NotFoundException", fmt::format("Grant ID {} not found", facts.grant_id)};
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY_OK(co_await kms.end_grant(std::move(facts.target), facts.grant_id, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, RetireGrant);

}  // namespace coffer::api
