// CreateGrant lets another principal use a key, within its operations and constraint.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
#include <nlohmann/json.hpp>

#include "api/ops/kms/grants.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct CreateGrant {
  struct Input {
    std::string key_id, grantee;
    std::optional<std::string> retiring, name;
    std::vector<std::string> operations, grant_tokens;
    std::optional<GrantConstraints> constraints;
    std::optional<bool> dry_run;
  };
  struct Output {
    std::string token, grant_id;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "CreateGrant"};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::grantee>("GranteePrincipal", {.min = 1, .max = 256}),
             body<&Input::retiring>("RetiringPrincipal", {.min = 1, .max = 256}),
             body<&Input::operations>("Operations", {.required = true}),
             body<&Input::constraints>("Constraints"),
             body<&Input::grant_tokens>("GrantTokens", {.min = 0, .max = 10}),
             body<&Input::name>("Name", {.min = 1, .max = 256}), body<&Input::dry_run>("DryRun"));
  static constexpr auto output =
      fields(body<&Output::token>("GrantToken"), body<&Output::grant_id>("GrantId"));

  static void note_constraints(Call& call, const GrantConstraints& given) {
    nlohmann::ordered_json out = nlohmann::ordered_json::object();
    if (!given.subset.empty()) out["encryptionContextSubset"] = given.subset;
    if (!given.equals.empty()) out["encryptionContextEquals"] = given.equals;
    call.draft.event.request.push_back({"constraints", out.dump(), true});
  }
  static GrantRecord wanted(const Input& in) {
    GrantRecord out;
    out.grantee = in.grantee;
    out.retiring = in.retiring.value_or("");
    out.name = in.name.value_or("");
    out.operations = in.operations;
    std::sort(out.operations.begin(), out.operations.end());
    out.operations.erase(std::unique(out.operations.begin(), out.operations.end()),
                         out.operations.end());
    if (!in.constraints) return out;
    const bool equals = !in.constraints->equals.empty();
    out.context = equals ? in.constraints->equals : in.constraints->subset;
    if (out.context.empty()) return out;
    out.constraint = equals ? authz::Grant::Constraint::kContextEquals
                            : authz::Grant::Constraint::kContextSubset;
    return out;
  }
  static Status validate(const Input& in, Call& call) {
    note(call, "granteePrincipal", in.grantee);
    note(call, "retiringPrincipal", in.retiring);
    note(call, "name", in.name);
    call.draft.event.request.push_back({"operations", nlohmann::json(in.operations).dump(), true});
    if (in.constraints) note_constraints(call, *in.constraints);
    if (in.constraints && !in.constraints->subset.empty() && !in.constraints->equals.empty())
      return Error{
          "ValidationException",
          "A grant can have EncryptionContextSubset or EncryptionContextEquals, not both."};
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    const GrantRecord child = wanted(in);
    std::vector<Demand> out{demand_on(call, target, "CreateGrant", &child.context)};
    set_for_service(out[0], call);
    out[0].conditions.set("kms:GrantOperations", child.operations);
    out[0].conditions.set("kms:GranteePrincipal", child.grantee);
    if (in.retiring) out[0].conditions.set("kms:RetiringPrincipal", *in.retiring);
    if (child.constraint == authz::Grant::Constraint::kContextEquals)
      out[0].conditions.set("kms:GrantConstraintType", std::string("EncryptionContextEquals"));
    if (child.constraint == authz::Grant::Constraint::kContextSubset)
      out[0].conditions.set("kms:GrantConstraintType", std::string("EncryptionContextSubset"));
    // A grant passes on no more than it gives.
    std::erase_if(out[0].grants, [&](const auto& parent) { return !kms::covers(*parent, child); });
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    kms::KeyService& kms = *call.services.kms;
    CO_TRY_OK(check_grant_tokens(call, in->grant_tokens));
    CO_TRY(KeyPtr key, co_await kms.made(target));
    note_resource(call, *key);
    GrantRecord grant = wanted(*in);
    CO_TRY_OK(kms.check_new_grant(*key, grant));
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY(GrantPtr made,
           co_await kms.create_grant(std::move(target), std::move(grant), call.draft));
    call.draft.event.response.push_back({"grantId", made->grant_id});
    co_return Output{kms::grant_token(*key, made->grant_id, kms.random()), made->grant_id};
  }
};

}  // namespace

COFFER_OPERATION(kms, CreateGrant);

}  // namespace coffer::api
