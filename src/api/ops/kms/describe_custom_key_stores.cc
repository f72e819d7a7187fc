// DescribeCustomKeyStores answers that there are none.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
#include "api/ops/kms/custom_key_stores.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct CustomKeyStore {
  std::string id, name;
  static constexpr auto shape() {
    return fields(body<&CustomKeyStore::id>("CustomKeyStoreId"),
                  body<&CustomKeyStore::name>("CustomKeyStoreName"));
  }
};

struct DescribeCustomKeyStores {
  struct Input {
    std::optional<std::string> id, name, marker;
    std::optional<int64_t> limit;
  };
  struct Output {
    std::vector<CustomKeyStore> stores;
    bool truncated = false;
  };

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "DescribeCustomKeyStores", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::id>("CustomKeyStoreId", {.min = 1, .max = 64}),
             body<&Input::name>("CustomKeyStoreName", {.min = 1, .max = 256}),
             body<&Input::limit>("Limit", {.min = 1, .max = 1000}),
             body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::stores>("CustomKeyStores"), body<&Output::truncated>("Truncated"));

  static Status validate(const Input& in, Call& call) {
    note(call, "customKeyStoreId", in.id);
    note(call, "customKeyStoreName", in.name);
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_without_key(call, "DescribeCustomKeyStores")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY_OK(after_marker(in->marker));
    if (in->id) co_return custom_key_store_not_found(*in->id);
    if (in->name) co_return custom_key_store_not_found(*in->name);
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(kms, DescribeCustomKeyStores);

}  // namespace coffer::api
