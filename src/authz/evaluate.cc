#include "authz/evaluate.h"

#include <algorithm>

#include "authz/condition.h"

namespace coffer::authz {

namespace {

// split_arn answers the place after the fifth colon; npos: fewer than six fields.
size_t tail_of(std::string_view arn) {
  size_t at = 0;
  for (int field = 0; field < 5; ++field) {
    at = arn.find(':', at);
    if (at == std::string_view::npos) return at;
    ++at;
  }
  return at;
}

bool head_matches(const ResourcePattern& pattern, std::string_view head, const Facts& facts) {
  if (pattern.fields.empty()) return head == pattern.head;
  for (const Pattern& field : pattern.fields) {
    const size_t colon = head.find(':');
    if (field.match(head.substr(0, colon), facts) != Match::kYes) return false;
    head.remove_prefix(colon + 1);
  }
  return true;
}

Match matches(const ResourcePattern& pattern, std::string_view resource, const Facts& facts) {
  if (pattern.any) return Match::kYes;
  const size_t tail = tail_of(resource);
  if (tail == std::string_view::npos || !head_matches(pattern, resource.substr(0, tail), facts))
    return Match::kNo;
  return pattern.tail.match(resource.substr(tail), facts);
}

// any_matches looks for one of the patterns to match one of the demand's resources.
Match any_matches(const std::vector<ResourcePattern>& patterns, const Facts& facts) {
  const Demand& demand = facts.demand();
  Match out = Match::kNo;
  for (const ResourcePattern& pattern : patterns) {
    for (size_t i = 0; i <= demand.also_resources.size(); ++i) {
      const Match match =
          matches(pattern, i == 0 ? demand.resource : demand.also_resources[i - 1], facts);
      if (match == Match::kYes) return match;
      if (match == Match::kUnresolved) out = match;
    }
  }
  return out;
}

// all_excepted: with NotResource a statement means the demand unless every resource of it is
// excepted. kUnresolved: a variable.
Match all_excepted(const std::vector<ResourcePattern>& patterns, const Facts& facts) {
  const Demand& demand = facts.demand();
  Match out = Match::kYes;
  for (size_t i = 0; i <= demand.also_resources.size(); ++i) {
    Match excepted = Match::kNo;
    for (const ResourcePattern& pattern : patterns) {
      const Match match =
          matches(pattern, i == 0 ? demand.resource : demand.also_resources[i - 1], facts);
      if (match == Match::kUnresolved) return match;
      if (match == Match::kYes) excepted = match;
    }
    if (excepted == Match::kNo) out = Match::kNo;
  }
  return out;
}

bool names_principals(PolicyKind kind) {
  return kind == PolicyKind::kBucket || kind == PolicyKind::kKey || kind == PolicyKind::kTrust;
}

void note_conditions(const Said& said, const Facts& facts, Decision& decision) {
  for (const Condition& condition : said.statement->conditions)
    for (const std::string& value : facts.find(condition.key).values)
      decision.conditions_seen.emplace_back(condition.key_text, value);
}

}  // namespace

bool action_matches(const Statement& statement, const Facts& facts) {
  const bool named =
      std::any_of(statement.actions.begin(), statement.actions.end(),
                  [&](const Pattern& pattern) { return pattern.match_text(facts.action()); });
  return named != statement.not_action;
}

bool resource_matches(const Statement& statement, const Facts& facts) {
  if (statement.resources.empty()) return true;
  const Demand& demand = facts.demand();
  const auto too_long = [](const std::string& text) { return text.size() > kValueBytesMax; };
  if (too_long(demand.resource) ||
      std::any_of(demand.also_resources.begin(), demand.also_resources.end(), too_long))
    return !statement.allow;
  if (statement.not_resource) return all_excepted(statement.resources, facts) == Match::kNo;
  return any_matches(statement.resources, facts) == Match::kYes;
}

bool conditions_hold(const Statement& statement, const Facts& facts) {
  return std::all_of(
      statement.conditions.begin(), statement.conditions.end(),
      [&](const Condition& condition) { return holds(condition, facts, statement.allow); });
}

void read_policy(const Policy& policy, const std::string& name, const Facts& facts, Tally& tally) {
  const bool principals = names_principals(policy.kind());
  for (const Statement& statement : policy.statements()) {
    if (statement.allow && tally.allow && !principals) continue;
    if (!action_matches(statement, facts)) continue;
    Admission admitted = Admission::kDirect;
    if (principals) {
      admitted = admission(statement, facts.caller().principal);
      if (admitted == Admission::kNone || (statement.allow && admitted <= tally.admission))
        continue;
    }
    if (!resource_matches(statement, facts) || !conditions_hold(statement, facts)) continue;
    if (!statement.allow) {
      tally.deny = {&statement, &name};
      return;
    }
    tally.allow = {&statement, &name};
    tally.admission = admitted;
  }
}

void read_policies(const std::vector<NamedPolicy>& policies, const Facts& facts, Tally& tally) {
  for (const NamedPolicy& named : policies) {
    CHECK(named.policy != nullptr);
    read_policy(*named.policy, named.name, facts, tally);
    if (tally.deny) return;
  }
}

bool Hearing::same_account() const {
  const std::string& account = caller().principal.account;
  return !account.empty() && account == demand().resource_account;
}

void Hearing::deny(PolicySide side, const Said& said) {
  decision.allowed = false;
  decision.explicit_deny = true;
  decision.side = side;
  decision.policy_name = *said.policy_name;
  decision.statement_id = said.statement->id();
  note_conditions(said, facts, decision);
}

void Hearing::lacks(PolicySide side) {
  decision.allowed = decision.explicit_deny = false;
  decision.side = side;
}

void Hearing::allow(PolicySide side, const Said& said) {
  decision.allowed = true;
  decision.side = said ? side : PolicySide::kNone;
  if (!said) return;
  decision.policy_name = *said.policy_name;
  decision.statement_id = said.statement->id();
  note_conditions(said, facts, decision);
}

bool within_limits(Hearing& hearing) {
  if (hearing.has_boundary && !hearing.boundary.allow) {
    hearing.lacks(PolicySide::kBoundary);
    return false;
  }
  if (hearing.has_session && !hearing.session.allow) {
    hearing.lacks(PolicySide::kSession);
    return false;
  }
  return true;
}

void by_identity(Hearing& hearing) {
  if (!hearing.identity_allows()) return hearing.lacks(PolicySide::kIdentity);
  if (within_limits(hearing)) hearing.allow(PolicySide::kIdentity, hearing.identity.allow);
}

}  // namespace coffer::authz
