#include "api/ops/iam/simulation.h"

#include <algorithm>

#include "base/arn.h"
#include "iam/names.h"

namespace coffer::api::iam_ops {

namespace {

// The types are what IAM answers, which its reference's list of values does not name.
std::string_view type_of(authz::PolicySide side) {
  if (side == authz::PolicySide::kResource || side == authz::PolicySide::kTrust)
    return "Resource Policy";
  return side == authz::PolicySide::kServiceControl ? "Organizations Policy" : "IAM Policy";
}

// A managed policy goes by its name, not by its ARN.
std::string id_of(const authz::MatchedStatement& matched) {
  if (type_of(matched.side) == "Resource Policy") return "ResourcePolicy";
  if (!matched.policy_name.starts_with("arn:")) return matched.policy_name;
  return matched.policy_name.substr(matched.policy_name.rfind('/') + 1);
}

std::string_view decision_of(const authz::Simulated& said) {
  if (said.allowed) return "allowed";
  return said.explicit_deny ? "explicitDeny" : "implicitDeny";
}

EvaluationResult entity_of(const iam::SimulationResult& result) {
  const authz::Simulated& said = result.said;
  EvaluationResult out{.action = result.action,
                       .resource = result.resource,
                       .decision = std::string(decision_of(said)),
                       .missing = said.missing_keys};
  for (const auto& matched : said.matched)
    out.matched.push_back({id_of(matched), std::string(type_of(matched.side)),
                           PositionEntity{matched.start.line, matched.start.column},
                           PositionEntity{matched.end.line, matched.end.column}});
  if (said.organizations_allows) out.organizations = {*said.organizations_allows};
  if (said.boundary_allows) out.boundary = {*said.boundary_allows};
  return out;
}

}  // namespace

iam::SimulationRequest SimulationInput::request(const Call& call) const {
  iam::SimulationRequest out{.account = call.caller.principal.account,
                             .boundaries = boundaries,
                             .actions = actions,
                             .resources = resources,
                             .resource_policy = resource_policy,
                             .resource_owner = resource_owner,
                             .caller_arn = caller_arn};
  for (const ContextEntry& entry : context)
    if (entry.name) out.context.emplace_back(*entry.name, entry.values);
  return out;
}

Result<SimulationOutput> answer(const std::vector<iam::SimulationResult>& results,
                                const PageIn& page) {
  TRY(const size_t size, iam::page_size(page.request()));
  TRY(const std::string after, iam::decode_marker(page.marker));
  size_t begin = 0;
  for (char digit : after) {
    if (digit < '0' || digit > '9' || begin > results.size())
      return Error{"InvalidInput", "Invalid Marker."};
    begin = begin * 10 + static_cast<size_t>(digit - '0');
  }
  begin = std::min(begin, results.size());
  const size_t end = std::min(begin + size, results.size());
  SimulationOutput out;
  for (size_t i = begin; i < end; ++i) out.results.push_back(entity_of(results[i]));
  if (end < results.size()) out.page = PageOut::after(iam::encode_marker(std::to_string(end)));
  return out;
}

Demand demand_on_source(const Call& call, std::string action, const std::string& arn) {
  Demand out = demand_on(call, std::move(action), arn);
  if (auto parsed = Arn::parse(arn); parsed && is_account_id(parsed->account))
    out.resource_account = parsed->account;
  return out;
}

}  // namespace coffer::api::iam_ops
