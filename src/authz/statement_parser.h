#pragma once
// StatementParser checks and compiles the statements of one policy document.
// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "authz/malformed.h"
#include "authz/policy_json.h"
#include "authz/statement.h"

namespace coffer::authz {

class StatementParser {
 public:
  // `variables`: the document's version has policy variables. `own_arn`: of the resource that
  // carries the policy, or empty.
  StatementParser(PolicyKind kind, bool variables, std::string_view own_arn)
      : kind_(kind), variables_(variables), own_arn_(own_arn) {}

  Result<Statement> parse(const Json& json, size_t index);

 private:
  Status parse_sid(const Json& json, Statement& out);
  Status parse_effect(const Json& json, Statement& out) const;
  Status parse_principals(const Json& json, Statement& out) const;
  Status parse_principal_map(const Json& value, Statement& out) const;
  Status parse_actions(const Json& json, Statement& out) const;
  Status parse_action(const std::string& text, Statement& out) const;
  Status parse_resources(const Json& json, Statement& out) const;
  Status parse_resource(const std::string& text, Statement& out) const;
  Result<ResourcePattern> compile_resource(std::string_view text) const;
  Status parse_conditions(const Json& json, Statement& out) const;
  Status parse_condition(const std::string& op, const std::string& key, const Json& value,
                         Statement& out) const;
  Error fault(PolicyFault what, std::string_view subject = {}) const {
    return malformed(kind_, what, subject);
  }
  bool is_resource_policy() const {
    return kind_ == PolicyKind::kBucket || kind_ == PolicyKind::kKey || is_trust();
  }
  bool is_trust() const { return kind_ == PolicyKind::kTrust; }

  const PolicyKind kind_;
  const bool variables_;
  const std::string own_arn_;
  std::set<std::string> sids_;
};

}  // namespace coffer::authz
