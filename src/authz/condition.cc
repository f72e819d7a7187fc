#include "authz/condition.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "authz/condition_values.h"
#include "base/encoding.h"

namespace coffer::authz {

namespace {

using Family = Condition::Family;
using Compare = Condition::Compare;
using Set = Condition::Set;

struct Operator {
  std::string_view name;
  Family family;
  Compare compare = Compare::kEqual;
  bool negated = false;
  bool wildcards = false;
  bool ignore_case = false;
};

constexpr Operator kOperators[] = {
    {"StringEquals", Family::kString},
    {"StringNotEquals", Family::kString, Compare::kEqual, true},
    {"StringEqualsIgnoreCase", Family::kString, Compare::kEqual, false, false, true},
    {"StringNotEqualsIgnoreCase", Family::kString, Compare::kEqual, true, false, true},
    {"StringLike", Family::kString, Compare::kEqual, false, true},
    {"StringNotLike", Family::kString, Compare::kEqual, true, true},
    {"NumericEquals", Family::kNumeric},
    {"NumericNotEquals", Family::kNumeric, Compare::kEqual, true},
    {"NumericLessThan", Family::kNumeric, Compare::kLess},
    {"NumericLessThanEquals", Family::kNumeric, Compare::kLessEqual},
    {"NumericGreaterThan", Family::kNumeric, Compare::kGreater},
    {"NumericGreaterThanEquals", Family::kNumeric, Compare::kGreaterEqual},
    {"DateEquals", Family::kDate},
    {"DateNotEquals", Family::kDate, Compare::kEqual, true},
    {"DateLessThan", Family::kDate, Compare::kLess},
    {"DateLessThanEquals", Family::kDate, Compare::kLessEqual},
    {"DateGreaterThan", Family::kDate, Compare::kGreater},
    {"DateGreaterThanEquals", Family::kDate, Compare::kGreaterEqual},
    {"Bool", Family::kBool},
    {"BinaryEquals", Family::kBinary},
    {"IpAddress", Family::kIp},
    {"NotIpAddress", Family::kIp, Compare::kEqual, true},
    {"ArnEquals", Family::kArn, Compare::kEqual, false, true},
    {"ArnLike", Family::kArn, Compare::kEqual, false, true},
    {"ArnNotEquals", Family::kArn, Compare::kEqual, true, true},
    {"ArnNotLike", Family::kArn, Compare::kEqual, true, true},
    {"Null", Family::kNull},
};

const Operator* parse_operator(std::string_view text, Condition& out) {
  if (text.starts_with("ForAllValues:")) {
    out.set = Set::kForAllValues;
  } else if (text.starts_with("ForAnyValue:")) {
    out.set = Set::kForAnyValue;
  }
  if (out.set != Set::kNone) text.remove_prefix(text.find(':') + 1);
  constexpr std::string_view kIfExists = "IfExists";
  if (text.ends_with(kIfExists)) {
    out.if_exists = true;
    text.remove_suffix(kIfExists.size());
  }
  for (const Operator& op : kOperators)
    if (op.name == text) return op.family == Family::kNull && out.if_exists ? nullptr : &op;
  return nullptr;
}

// A key is VENDOR:NAME; the name may hold further colons and slashes
// (kms:EncryptionContext:aws:s3:arn).
bool is_key(std::string_view key) {
  const size_t colon = key.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == key.size()) return false;
  return std::all_of(key.begin(), key.begin() + static_cast<ptrdiff_t>(colon), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// An ARN condition's value has six fields, unless it is "*" or begins with a variable.
bool is_arn_value(std::string_view text) {
  if (text == "*" || text.starts_with("${")) return true;
  return text.starts_with("arn:") && std::count(text.begin(), text.end(), ':') >= 5;
}

ConditionFault add_pattern(const Operator& op, const std::string& value, bool variables,
                           Condition& out) {
  if (op.family == Family::kArn && !is_arn_value(value)) return ConditionFault::kValue;
  if (op.family == Family::kBool && !iequals(value, "true") && !iequals(value, "false") &&
      !value.starts_with("${"))
    return ConditionFault::kValue;
  const bool ignore_case = op.ignore_case || op.family == Family::kBool;
  auto pattern = Pattern::compile(
      value, {.wildcards = op.wildcards, .variables = variables, .ignore_case = ignore_case});
  if (!pattern) return ConditionFault::kVariable;
  out.patterns.push_back(std::move(*pattern));
  return ConditionFault::kNone;
}

// add_value keeps one value; kValue: it is not of the operator's family.
ConditionFault add_value(const Operator& op, const std::string& value, bool variables,
                         Condition& out) {
  const auto keep = [](auto parsed, auto& into) {
    if (!parsed) return ConditionFault::kValue;
    into.push_back(std::move(*parsed));
    return ConditionFault::kNone;
  };
  switch (op.family) {
    case Family::kNumeric:
      return keep(parse_number(value), out.numbers);
    case Family::kDate:
      return keep(parse_date(value), out.dates);
    case Family::kBinary:
      return keep(unbase64(value), out.bytes);
    case Family::kIp:
      return keep(parse_cidr(value), out.ranges);
    case Family::kNull:
      if (!iequals(value, "true") && !iequals(value, "false")) return ConditionFault::kValue;
      out.absences.push_back(iequals(value, "true"));
      return ConditionFault::kNone;
    default:
      return add_pattern(op, value, variables, out);
  }
}

template <class T>
bool compares(Compare compare, const T& have, const T& want) {
  switch (compare) {
    case Compare::kEqual:
      return have == want;
    case Compare::kLess:
      return have < want;
    case Compare::kLessEqual:
      return have <= want;
    case Compare::kGreater:
      return have > want;
    case Compare::kGreaterEqual:
      return have >= want;
  }
  return false;
}

Match of(bool yes) { return yes ? Match::kYes : Match::kNo; }

template <class T>
Match any_compares(const Condition& condition, const std::optional<T>& have,
                   const std::vector<T>& wanted) {
  if (!have) return Match::kNo;
  return of(std::any_of(wanted.begin(), wanted.end(),
                        [&](const T& want) { return compares(condition.compare, *have, want); }));
}

Match arn_matches(const Pattern& pattern, std::string_view text, const Facts& facts) {
  if (pattern.is_any()) return Match::kYes;
  std::string scratch;
  auto expanded = pattern.expand(facts, scratch);
  if (!expanded) return Match::kUnresolved;
  std::string_view want = *expanded;
  for (int field = 0; field < 5; ++field) {
    const size_t want_end = want.find(':'), text_end = text.find(':');
    if (want_end == std::string_view::npos || text_end == std::string_view::npos) return Match::kNo;
    if (!wildcard_match(want.substr(0, want_end), text.substr(0, text_end))) return Match::kNo;
    want.remove_prefix(want_end + 1);
    text.remove_prefix(text_end + 1);
  }
  return of(wildcard_match(want, text));
}

Match any_pattern(const Condition& condition, std::string_view value, const Facts& facts) {
  Match out = Match::kNo;
  for (const Pattern& pattern : condition.patterns) {
    const Match match = condition.family == Family::kArn ? arn_matches(pattern, value, facts)
                                                         : pattern.match(value, facts);
    if (match == Match::kYes) return match;
    if (match == Match::kUnresolved) out = match;
  }
  return out;
}

Match any_range(const Condition& condition, std::string_view value) {
  auto address = parse_cidr(value);
  if (!address) return Match::kNo;
  return of(std::any_of(condition.ranges.begin(), condition.ranges.end(),
                        [&](const Cidr& range) { return contains(range, address->address); }));
}

// matches_any compares one request value with the policy's values, not yet negated.
Match matches_any(const Condition& condition, const std::string& value, std::optional<UnixMs> time,
                  const Facts& facts) {
  switch (condition.family) {
    case Family::kNumeric:
      return any_compares(condition, parse_number(value), condition.numbers);
    case Family::kDate:
      return any_compares(condition, time ? time : parse_date(value), condition.dates);
    case Family::kBinary: {
      const std::optional<Bytes> decoded = unbase64(value);
      return of(std::any_of(
          condition.bytes.begin(), condition.bytes.end(),
          [&](const std::string& want) { return want == value || (decoded && want == *decoded); }));
    }
    case Family::kIp:
      return any_range(condition, value);
    default:
      return any_pattern(condition, value, facts);
  }
}

bool null_holds(const Condition& condition, bool sent) {
  return std::any_of(condition.absences.begin(), condition.absences.end(),
                     [&](bool absent) { return absent != sent; });
}

}  // namespace

ConditionFault compile_condition(std::string_view op, std::string_view key,
                                 const std::vector<std::string>& values, bool variables,
                                 Condition& out) {
  const Operator* parsed = parse_operator(op, out);
  if (parsed == nullptr) return ConditionFault::kOperator;
  if (!is_key(key)) return ConditionFault::kKey;
  out.family = parsed->family;
  out.compare = parsed->compare;
  out.negated = parsed->negated;
  out.key = ConditionKey::of(key);
  out.key_text = std::string(key);
  for (const std::string& value : values) {
    if (value.size() > kPatternBytesMax) return ConditionFault::kValue;
    if (auto fault = add_value(*parsed, value, variables, out); fault != ConditionFault::kNone)
      return fault;
  }
  return ConditionFault::kNone;
}

bool holds(const Condition& condition, const Facts& facts, bool allow) {
  const KeyValues found = facts.find(condition.key);
  if (condition.family == Family::kNull) return null_holds(condition, found.sent);
  if (found.values.empty()) {
    if (condition.if_exists || condition.set == Set::kForAllValues) return true;
    return condition.set == Set::kNone && condition.negated;
  }
  // A caller must not get around a Deny, or into an Allow, by the length of what it sends.
  if (std::any_of(found.values.begin(), found.values.end(),
                  [](const std::string& value) { return value.size() > kValueBytesMax; }))
    return !allow;
  bool all = true, some = false;
  for (const std::string& value : found.values) {
    const Match match = matches_any(condition, value, found.time, facts);
    if (match == Match::kUnresolved) return false;
    const bool yes = (match == Match::kYes) != condition.negated;
    all = all && yes;
    some = some || yes;
  }
  if (condition.set == Set::kForAllValues) return all;
  if (condition.set == Set::kForAnyValue) return some;
  return condition.negated ? all : some;
}

bool narrows_public(const Condition& condition) {
  static constexpr std::string_view kKeys[] = {
      "aws:sourceip",         "aws:sourcearn",      "aws:sourceaccount",        "aws:principalarn",
      "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths",    "aws:userid",
      "aws:username",         "aws:sourcevpc",      "aws:sourcevpce",           "kms:calleraccount",
      "aws:vpcsourceip",      "aws:sourceowner",    "s3:dataaccesspointaccount"};
  if (condition.negated || condition.if_exists || condition.set == Set::kForAllValues) return false;
  if (std::find(std::begin(kKeys), std::end(kKeys), condition.key.name) == std::end(kKeys))
    return false;
  if (condition.family == Family::kIp)
    return std::all_of(condition.ranges.begin(), condition.ranges.end(),
                       [](const Cidr& range) { return !is_broad(range); });
  if (condition.family != Family::kString && condition.family != Family::kArn) return false;
  return std::all_of(condition.patterns.begin(), condition.patterns.end(),
                     [](const Pattern& p) { return p.is_fixed(); });
}

}  // namespace coffer::authz
