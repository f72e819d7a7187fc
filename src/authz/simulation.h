#pragma once
// What the policy simulator asks of the engine: the decision, the statement in the text that made
// it, and the condition keys that the policies read. It decides by decide() alone. Pure.
// Source: IAM API Reference, SimulateCustomPolicy, EvaluationResult, Statement.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authz/engine.h"

namespace coffer::authz {

struct Position {
  int64_t line = 0, column = 0;  // 1-based
};

struct MatchedStatement {
  std::string policy_name;
  PolicySide side = PolicySide::kNone;
  Position start;  // just after what comes before the statement: "[", "," or ":"
  Position end;    // just after its "}"
};

struct Simulated {
  bool allowed = false, explicit_deny = false;
  std::vector<MatchedStatement> matched;     // the statement that decided; none: nobody allows
  std::vector<std::string> missing_keys;     // read by the policies, and absent, in byte order
  std::optional<bool> boundary_allows;       // nullopt: there is no boundary
  std::optional<bool> organizations_allows;  // nullopt: no service control policy binds the caller
};

// simulate decides `demand` as if `caller` had asked. What belongs to a request rather than to a
// principal (time, transport, address) is absent unless the demand's conditions say it.
Simulated simulate(const RequestContext& caller, Demand demand);

// context_keys are the condition keys that the policies' conditions and variables read, as they are
// written, each once, in byte order.
std::vector<std::string> context_keys(const std::vector<const Policy*>& policies);

// statement_span is where the statement of this 0-based index stands in the text of a policy that
// Policy::parse took; nullopt: there is none.
struct StatementSpan {
  Position start, end;
};
std::optional<StatementSpan> statement_span(std::string_view text, size_t index);

}  // namespace coffer::authz
