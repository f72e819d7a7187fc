// ListGrants lists the grants of a key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
#include "api/ops/kms/grants.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct ListGrants {
  struct Input {
    std::string key_id;
    std::optional<std::string> grant_id, grantee, marker;
    std::optional<int64_t> limit;
  };
  struct Output {
    std::vector<GrantEntry> grants;
    std::optional<std::string> next_marker;
    bool truncated = false;
  };
  using Facts = Target;

  static constexpr OpSpec spec{.service = Service::kKms, .name = "ListGrants", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
             body<&Input::grant_id>("GrantId", {.min = 1, .max = 128}),
             body<&Input::grantee>("GranteePrincipal", {.min = 1, .max = 256}),
             body<&Input::limit>("Limit", {.min = 1, .max = 100}),
             body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::grants>("Grants"), body<&Output::next_marker>("NextMarker"),
             body<&Output::truncated>("Truncated"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    std::vector<Demand> out{demand_on(call, target, "ListGrants")};
    set_for_service(out[0], call);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(std::string after, after_marker(in->marker));
    CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
    note_resource(call, *key);
    const auto limit = static_cast<size_t>(in->limit.value_or(50));
    Output out;
    for (const auto& grant : key->grants) {
      const GrantPtr record = kms::record_of(grant);
      if (record->grant_id <= after) continue;
      if (in->grant_id && *in->grant_id != record->grant_id) continue;
      if (in->grantee && *in->grantee != record->grantee) continue;
      out.truncated = out.grants.size() == limit;
      if (out.truncated) break;
      out.grants.push_back(entry_of(*key, *record));
    }
    if (out.truncated) out.next_marker = marker_after(out.grants.back().grant_id);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ListGrants);

}  // namespace coffer::api
