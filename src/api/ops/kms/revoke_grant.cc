// RevokeGrant takes a grant away at the word of the key's owner.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html
#include "api/ops/kms/grants.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct RevokeGrant {
  struct Input {
    std::string key_id, grant_id;
    std::optional<bool> dry_run;
  };
  using Output = Nothing;
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "RevokeGrant"};
  static constexpr auto input = fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
                                       body<&Input::grant_id>("GrantId", {.min = 1, .max = 128}),
                                       body<&Input::dry_run>("DryRun"));
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    note(call, "grantId", in.grant_id);
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, "RevokeGrant")};
    set_for_service(out[0], call);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    kms::KeyService& kms = *call.services.kms;
    CO_TRY(KeyPtr key, co_await kms.made(target));
    note_resource(call, *key);
    if (!kms::grant_of(*key, in->grant_id))
      co_return Error{"NotFoundException", fmt::format("Grant ID {} not found", in->grant_id)};
    if (in->dry_run.value_or(false)) co_return dry_run_succeeded();
    CO_TRY_OK(co_await kms.end_grant(std::move(target), in->grant_id, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, RevokeGrant);

}  // namespace coffer::api
