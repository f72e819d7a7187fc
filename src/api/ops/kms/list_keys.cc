// ListKeys lists the keys of the caller's account and Region, AWS managed ones too.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct KeyEntry {
  std::string key_id, arn;
  static constexpr auto shape() {
    return fields(body<&KeyEntry::key_id>("KeyId"), body<&KeyEntry::arn>("KeyArn"));
  }
};

struct ListKeys {
  struct Input {
    std::optional<int64_t> limit;
    std::optional<std::string> marker;
  };
  struct Output {
    std::vector<KeyEntry> keys;
    std::optional<std::string> next_marker;
    bool truncated = false;
  };

  static constexpr OpSpec spec{.service = Service::kKms, .name = "ListKeys", .read_only = true};
  static constexpr auto input = fields(body<&Input::limit>("Limit", {.min = 1, .max = 1000}),
                                       body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::keys>("Keys"), body<&Output::next_marker>("NextMarker"),
             body<&Output::truncated>("Truncated"));

  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_without_key(call, "ListKeys")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(std::string after, after_marker(in->marker));
    const auto limit = static_cast<size_t>(in->limit.value_or(100));
    auto keys = call.services.kms->list_keys(call.caller.principal.account, call.caller.region,
                                             after, limit + 1);
    Output out;
    out.truncated = keys.size() > limit;
    if (out.truncated) keys.resize(limit);
    for (const KeyPtr& key : keys) out.keys.push_back({key->id, key->arn()});
    if (out.truncated) out.next_marker = marker_after(keys.back()->id);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ListKeys);

}  // namespace coffer::api
