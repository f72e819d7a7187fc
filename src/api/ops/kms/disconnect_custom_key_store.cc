// DisconnectCustomKeyStore is refused: there are no custom key stores.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html
#include "api/ops/kms/custom_key_stores.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct DisconnectCustomKeyStore {
  using Input = CustomKeyStoreOnly;
  using Output = Nothing;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "DisconnectCustomKeyStore"};
  static constexpr auto input = CustomKeyStoreOnly::shape();
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    note(call, "customKeyStoreId", in.id);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_without_key(call, "DisconnectCustomKeyStore")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    co_return custom_key_stores_unsupported();
  }
};

}  // namespace

COFFER_OPERATION(kms, DisconnectCustomKeyStore);

}  // namespace coffer::api
