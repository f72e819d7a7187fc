// DeleteAlias removes a name; the key stays.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html
#include "api/ops/kms/aliases.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct DeleteAlias {
  struct Input {
    std::string name;
  };
  using Output = Nothing;
  using Facts = AliasFacts;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "DeleteAlias"};
  static constexpr auto input = fields(body<&Input::name>("AliasName", {.min = 1, .max = 256}));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "aliasName", in.name);
    CO_TRY_OK(check_alias_name(in.name));
    co_return co_await current_alias(call, in.name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out{demand_without_key(call, "DeleteAlias", alias_arn(call, in.name))};
    if (facts.alias) out.push_back(demand_on(call, facts.current, "DeleteAlias"));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    if (!facts.alias) co_return no_such_alias(call, in->name);
    if (facts.current.key) note_resource(call, *facts.current.key);
    CO_TRY_OK(co_await call.services.kms->delete_alias(
        call.caller.principal.account, call.caller.region, *facts.alias, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, DeleteAlias);

}  // namespace coffer::api
