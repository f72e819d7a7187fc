// CreateAlias gives a key a name.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
#include "api/ops/kms/aliases.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct CreateAlias {
  struct Input {
    std::string name, target_key_id;
  };
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "CreateAlias"};
  static constexpr auto input =
      fields(body<&Input::name>("AliasName", {.min = 1, .max = 256}),
             body<&Input::target_key_id>("TargetKeyId", {.min = 1, .max = 2048}));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "aliasName", in.name);
    note(call, "targetKeyId", in.target_key_id);
    CO_TRY_OK(check_alias_name(in.name));
    CO_TRY_OK(check_alias_target(in.target_key_id));
    co_return call.services.kms->find(call.caller, in.target_key_id, Names::kKeysOnly);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_without_key(call, "CreateAlias", alias_arn(call, in.name)),
            demand_on(call, target, "CreateAlias")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    if (target.key) note_resource(call, *target.key);
    CO_TRY(auto alias,
           co_await call.services.kms->create_alias(std::move(target), in->name, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, CreateAlias);

}  // namespace coffer::api
