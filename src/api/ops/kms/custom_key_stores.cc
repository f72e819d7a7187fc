// Making and changing custom key stores is refused, once the caller's right to ask is decided:
// there are none. What a store would be made of, its secrets too, is not read. Source: KMS API
// Reference, CreateCustomKeyStore and the others by name.
#include "api/ops/kms/custom_key_stores.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct NewCustomKeyStore {
  std::string name;
  static constexpr auto shape() {
    return fields(body<&NewCustomKeyStore::name>("CustomKeyStoreName", {.min = 1, .max = 256}));
  }
  void note_on(Call& call) const { note(call, "customKeyStoreName", name); }
};

// Refused is what they have in common; Op says kName.
template <class Op, class Named = CustomKeyStoreOnly>
struct Refused {
  using Input = Named;
  using Output = Nothing;
  static constexpr auto input = Named::shape();
  static constexpr auto output = fields();

  static Status validate(const Input& in, Call& call) {
    in.note_on(call);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return {demand_without_key(call, Op::spec.name)};
  }
  static Task<Result<Output>> run(Authorized<Input>, Call&) {
    co_return custom_key_stores_unsupported();
  }
};

struct CreateCustomKeyStore : Refused<CreateCustomKeyStore, NewCustomKeyStore> {
  static constexpr OpSpec spec{.service = Service::kKms, .name = "CreateCustomKeyStore"};
};
struct ConnectCustomKeyStore : Refused<ConnectCustomKeyStore> {
  static constexpr OpSpec spec{.service = Service::kKms, .name = "ConnectCustomKeyStore"};
};
struct DisconnectCustomKeyStore : Refused<DisconnectCustomKeyStore> {
  static constexpr OpSpec spec{.service = Service::kKms, .name = "DisconnectCustomKeyStore"};
};
struct UpdateCustomKeyStore : Refused<UpdateCustomKeyStore> {
  static constexpr OpSpec spec{.service = Service::kKms, .name = "UpdateCustomKeyStore"};
};
struct DeleteCustomKeyStore : Refused<DeleteCustomKeyStore> {
  static constexpr OpSpec spec{.service = Service::kKms, .name = "DeleteCustomKeyStore"};
};

}  // namespace

COFFER_OPERATION(kms, CreateCustomKeyStore);
COFFER_OPERATION(kms, ConnectCustomKeyStore);
COFFER_OPERATION(kms, DisconnectCustomKeyStore);
COFFER_OPERATION(kms, UpdateCustomKeyStore);
COFFER_OPERATION(kms, DeleteCustomKeyStore);

}  // namespace coffer::api
