#pragma once
// Condition operators. Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and
// "Conditions with multiple context keys or values".
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authz/statement.h"

namespace coffer::authz {

enum class ConditionFault : uint8_t { kNone, kOperator, kKey, kValue, kVariable };

// compile_condition makes `out` of operator, key and values as the policy writes them. `variables`:
// the version has them.
ConditionFault compile_condition(std::string_view op, std::string_view key,
                                 const std::vector<std::string>& values, bool variables,
                                 Condition& out);

// holds tells whether the condition is true. An absent key: positive operators are false, negated
// ones true, IfExists and ForAllValues true, ForAnyValue false. A variable without a value makes
// every operator false. A value over kValueBytesMax: every operator but Null is false in an Allow
// and true in a Deny.
bool holds(const Condition& condition, const Facts& facts, bool allow);

// narrows_public tells whether the condition keeps a statement for "*" from admitting everybody.
// Source: S3 User Guide, "The meaning of public".
bool narrows_public(const Condition& condition);

}  // namespace coffer::authz
