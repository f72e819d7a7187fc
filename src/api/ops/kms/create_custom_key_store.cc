// CreateCustomKeyStore is refused. What the store would be made of, its secrets too, is not read.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html
#include "api/ops/kms/custom_key_stores.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct CreateCustomKeyStore {
  struct Input {
    std::string name;
  };
  using Output = Nothing;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "CreateCustomKeyStore"};
  static constexpr auto input =
      fields(body<&Input::name>("CustomKeyStoreName", {.min = 1, .max = 256}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "customKeyStoreName", in.name);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_without_key(call, "CreateCustomKeyStore")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    co_return custom_key_stores_unsupported();
  }
};

}  // namespace

COFFER_OPERATION(kms, CreateCustomKeyStore);

}  // namespace coffer::api
