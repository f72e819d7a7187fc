#include "authz/simulation.h"

#include <algorithm>
#include <set>

#include "authz/evaluate.h"

namespace coffer::authz {

namespace {

// Cursor walks the text of a policy, which is well formed.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}
  size_t at() const { return at_; }

  // take moves past `c`, where it comes next but for white space.
  bool take(char c) {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
      ++at_;
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // string answers what stands between the quotes, as it is written.
  std::string_view string() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    const std::string_view out = text_.substr(begin, at_ - begin);
    if (at_ < text_.size()) ++at_;
    return out;
  }
  void skip_value() {
    if (take('"')) {
      string();
      return;
    }
    size_t depth = 0;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '{' || c == '[') ++depth;
      if (c == ',' && depth == 0) return;
      if (c == '}' || c == ']') {
        if (depth == 0) return;
        if (--depth == 0) {
          ++at_;
          return;
        }
      }
      if (c == '"') {
        ++at_;
        string();
        --at_;
      }
    }
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

Position position_of(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {1 + std::count(before.begin(), before.end(), '\n'), int64_t(offset - line_start) + 1};
}

std::optional<StatementSpan> nth_of(Cursor& cursor, std::string_view text, size_t index) {
  size_t start = cursor.at();
  const bool array = cursor.take('[');
  for (size_t i = 0; array || i == 0; ++i) {
    if (array) start = cursor.at();
    cursor.skip_value();
    if (i == index) return StatementSpan{position_of(text, start), position_of(text, cursor.at())};
    if (!array || !cursor.take(',')) break;
  }
  return std::nullopt;
}

void add_keys(const Statement& statement, std::set<std::string>& out) {
  for (const ResourcePattern& resource : statement.resources) {
    for (const Pattern& field : resource.fields) field.add_keys(out);
    resource.tail.add_keys(out);
  }
  for (const Condition& condition : statement.conditions) {
    out.insert(condition.key_text);
    for (const Pattern& pattern : condition.patterns) pattern.add_keys(out);
  }
}

// policies_on lists the named policies of one side.
std::vector<NamedPolicy> policies_on(PolicySide side, const RequestContext& caller,
                                     const Demand& demand, const std::string& name) {
  const CallerPolicies& policies = caller.policies;
  std::vector<NamedPolicy> out;
  if (side == PolicySide::kIdentity) out = policies.identity;
  if (side == PolicySide::kBoundary && policies.boundary) out.push_back(*policies.boundary);
  if (side == PolicySide::kServiceControl)
    for (const auto& level : policies.service_control)
      out.insert(out.end(), level.begin(), level.end());
  if ((side == PolicySide::kResource || side == PolicySide::kTrust) && demand.resource_policy)
    out.push_back({name, demand.resource_policy});
  return out;
}

void add_matched(const RequestContext& caller, const Demand& demand, const Decision& decision,
                 Simulated& out) {
  if (decision.policy_name.empty()) return;
  for (const NamedPolicy& named :
       policies_on(decision.side, caller, demand, decision.policy_name)) {
    if (named.name != decision.policy_name) continue;
    for (const Statement& statement : named.policy->statements()) {
      if (statement.id() != decision.statement_id) continue;
      if (auto span = statement_span(named.policy->text(), statement.index))
        out.matched.push_back({named.name, decision.side, span->start, span->end});
      return;
    }
  }
}

bool allows(const std::vector<NamedPolicy>& policies, const Facts& facts) {
  Tally tally;
  read_policies(policies, facts, tally);
  return tally.allow && !tally.deny;
}

std::vector<const Policy*> all_policies(const RequestContext& caller, const Demand& demand) {
  std::vector<const Policy*> out;
  for (PolicySide side : {PolicySide::kIdentity, PolicySide::kBoundary, PolicySide::kServiceControl,
                          PolicySide::kResource})
    for (const NamedPolicy& named : policies_on(side, caller, demand, ""))
      out.push_back(named.policy.get());
  return out;
}

}  // namespace

std::optional<StatementSpan> statement_span(std::string_view text, size_t index) {
  Cursor cursor(text);
  if (!cursor.take('{')) return std::nullopt;
  while (cursor.take('"')) {
    const std::string_view name = cursor.string();
    cursor.take(':');
    if (name == "Statement") return nth_of(cursor, text, index);
    cursor.skip_value();
    cursor.take(',');
  }
  return std::nullopt;
}

std::vector<std::string> context_keys(const std::vector<const Policy*>& policies) {
  std::set<std::string> out;
  for (const Policy* policy : policies)
    for (const Statement& statement : policy->statements()) add_keys(statement, out);
  return {out.begin(), out.end()};
}

Simulated simulate(const RequestContext& caller, Demand demand) {
  // What Facts would take from the request itself.
  for (const char* key :
       {"aws:securetransport", "aws:currenttime", "aws:epochtime", "aws:viaawsservice"})
    if (demand.conditions.find(key) == nullptr)
      demand.conditions.set_effective(key, std::nullopt, false);
  const Decision decision = decide(caller, demand);
  Simulated out{.allowed = decision.allowed, .explicit_deny = decision.explicit_deny};
  add_matched(caller, demand, decision, out);

  const Facts facts(caller, demand);
  for (const std::string& key : context_keys(all_policies(caller, demand)))
    if (facts.find(ConditionKey::of(key)).values.empty()) out.missing_keys.push_back(key);
  if (caller.policies.boundary) out.boundary_allows = allows({*caller.policies.boundary}, facts);
  if (!caller.policies.service_control.empty())
    out.organizations_allows =
        std::all_of(caller.policies.service_control.begin(), caller.policies.service_control.end(),
                    [&](const auto& level) { return allows(level, facts); });
  return out;
}

}  // namespace coffer::authz
