#pragma once
// What the operations of service "coffer" have in common: they are the operator's and background
// work's, and others' by an identity policy.
#include "api/op.h"

namespace coffer::api::coffer_ops {

inline std::vector<Demand> operator_demand(const Call& call, std::string_view operation) {
  return {{.action = "coffer:" + std::string(operation),
           .resource = "*",
           .resource_account = call.services.first_account,
           .rule = authz::ResourceRule::kOperator}};
}

// Done is the answer of upkeep: how much there was to do. A round that found nothing is not put on
// record.
struct Done {
  int64_t count = 0;
};
inline constexpr auto done_shape = fields(body<&Done::count>("Count"));

inline Result<Done> done(Call& call, Result<size_t> result) {
  TRY(const size_t n, std::move(result));
  call.nothing_done = n == 0;
  return Done{static_cast<int64_t>(n)};
}

}  // namespace coffer::api::coffer_ops
