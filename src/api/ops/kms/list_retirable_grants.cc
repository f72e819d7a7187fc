// ListRetirableGrants lists the grants on the caller's account's keys that a principal may retire.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
#include "api/ops/kms/grants.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct ListRetirableGrants {
  struct Input {
    std::string retiring;
    std::optional<std::string> marker;
    std::optional<int64_t> limit;
  };
  struct Output {
    std::vector<GrantEntry> grants;
    std::optional<std::string> next_marker;
    bool truncated = false;
  };

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "ListRetirableGrants", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::retiring>("RetiringPrincipal", {.min = 1, .max = 256}),
             body<&Input::limit>("Limit", {.min = 1, .max = 100}),
             body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::grants>("Grants"), body<&Output::next_marker>("NextMarker"),
             body<&Output::truncated>("Truncated"));

  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_without_key(call, "ListRetirableGrants")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    note(call, "retiringPrincipal", in->retiring);
    CO_TRY(std::string after, after_marker(in->marker));
    const auto limit = static_cast<size_t>(in->limit.value_or(50));
    auto found = call.services.kms->retirable_grants(
        call.caller.principal.account, call.caller.region, in->retiring, after, limit + 1);
    Output out;
    out.truncated = found.size() > limit;
    if (out.truncated) found.resize(limit);
    for (const auto& [key, grant] : found) out.grants.push_back(entry_of(*key, *grant));
    if (out.truncated)
      out.next_marker = marker_after(found.back().first->id + "/" + found.back().second->grant_id);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ListRetirableGrants);

}  // namespace coffer::api
