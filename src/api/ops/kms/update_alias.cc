// UpdateAlias lets an alias name another key. What was encrypted before names its own key and stays
// readable. Source: docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html
#include "api/ops/kms/aliases.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct UpdateAlias {
  struct Input {
    std::string name, target_key_id;
  };
  using Output = Nothing;
  using Facts = AliasFacts;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "UpdateAlias"};
  static constexpr auto input =
      fields(body<&Input::name>("AliasName", {.min = 1, .max = 256}),
             body<&Input::target_key_id>("TargetKeyId", {.min = 1, .max = 2048}));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "aliasName", in.name);
    note(call, "targetKeyId", in.target_key_id);
    CO_TRY_OK(check_alias_name(in.name));
    CO_TRY_OK(check_alias_target(in.target_key_id));
    CO_TRY(Facts out, co_await current_alias(call, in.name));
    CO_TRY(out.target, call.services.kms->find(call.caller, in.target_key_id, Names::kKeysOnly));
    co_return out;
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out{demand_without_key(call, "UpdateAlias", alias_arn(call, in.name)),
                            demand_on(call, facts.target, "UpdateAlias")};
    if (facts.alias) out.push_back(demand_on(call, facts.current, "UpdateAlias"));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    if (!facts.alias) co_return no_such_alias(call, in->name);
    if (facts.target.key) note_resource(call, *facts.target.key);
    CO_TRY(auto alias, co_await call.services.kms->update_alias(std::move(facts.target),
                                                                *facts.alias, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, UpdateAlias);

}  // namespace coffer::api
