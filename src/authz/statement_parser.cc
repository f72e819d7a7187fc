#include "authz/statement_parser.h"

#include <algorithm>
#include <array>

#include "authz/condition.h"
#include "authz/principal_match.h"
#include "base/arn.h"
#include "base/encoding.h"

namespace coffer::authz {

namespace {

constexpr std::array<std::string_view, 9> kElements{"Sid",          "Effect",      "Principal",
                                                    "NotPrincipal", "Action",      "NotAction",
                                                    "Resource",     "NotResource", "Condition"};

bool all_of_chars(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

// strings reads a string or an array of strings; nullopt: something else.
std::optional<std::vector<std::string>> strings(const Json& value) {
  if (value.is_string()) return std::vector<std::string>{value.text};
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& item : value.items) {
    if (!item.is_string()) return std::nullopt;
    out.push_back(item.text);
  }
  return out;
}

// scalars is strings that takes numbers and booleans too: condition values.
std::optional<std::vector<std::string>> scalars(const Json& value) {
  const auto is_scalar = [](const Json& v) {
    return v.kind == Json::Kind::kString || v.kind == Json::Kind::kNumber ||
           v.kind == Json::Kind::kBool;
  };
  if (is_scalar(value)) return std::vector<std::string>{value.text};
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& item : value.items) {
    if (!is_scalar(item)) return std::nullopt;
    out.push_back(item.text);
  }
  return out;
}

struct OneOfTwo {
  const Json* value = nullptr;
  bool negated = false;
  bool both = false;
};

OneOfTwo one_of(const Json& json, std::string_view name, std::string_view not_name) {
  const Json *plain = json.member(name), *negated = json.member(not_name);
  return {plain != nullptr ? plain : negated, plain == nullptr,
          plain != nullptr && negated != nullptr};
}

}  // namespace

Result<Statement> StatementParser::parse(const Json& json, size_t index) {
  if (!json.is_object()) return fault(PolicyFault::kSyntax);
  for (const auto& [name, value] : json.members)
    if (std::find(kElements.begin(), kElements.end(), name) == kElements.end())
      return fault(PolicyFault::kSyntax);
  Statement out;
  out.index = index;
  TRY_OK(parse_sid(json, out));
  TRY_OK(parse_effect(json, out));
  TRY_OK(parse_principals(json, out));
  TRY_OK(parse_actions(json, out));
  TRY_OK(parse_resources(json, out));
  TRY_OK(parse_conditions(json, out));
  return out;
}

Status StatementParser::parse_sid(const Json& json, Statement& out) {
  const Json* sid = json.member("Sid");
  if (sid == nullptr) return ok_status();
  if (!sid->is_string()) return fault(PolicyFault::kSyntax);
  if (!is_resource_policy() && !all_of_chars(sid->text, "")) return fault(PolicyFault::kSid);
  out.sid = sid->text;
  if (!out.sid.empty() && !sids_.insert(out.sid).second) return fault(PolicyFault::kDuplicateSid);
  return ok_status();
}

Status StatementParser::parse_effect(const Json& json, Statement& out) const {
  const Json* effect = json.member("Effect");
  if (effect == nullptr) return fault(PolicyFault::kNoEffect);
  if (!effect->is_string() || (effect->text != "Allow" && effect->text != "Deny"))
    return fault(PolicyFault::kEffect, effect->text);
  out.allow = effect->text == "Allow";
  return ok_status();
}

Status StatementParser::parse_principals(const Json& json, Statement& out) const {
  const OneOfTwo found = one_of(json, "Principal", "NotPrincipal");
  if (!is_resource_policy()) {
    if (found.value != nullptr) return fault(PolicyFault::kHasPrincipal);
    return ok_status();
  }
  if (found.value == nullptr) return fault(PolicyFault::kNoPrincipal);
  if (found.both) return fault(PolicyFault::kSyntax);
  out.not_principal = found.negated;
  if (found.negated && out.allow) return fault(PolicyFault::kNotPrincipalAllow);
  if (found.value->is_string()) {
    // KMS takes {"AWS": "*"} alone.
    if (found.value->text != "*" || kind_ == PolicyKind::kKey)
      return fault(PolicyFault::kPrincipal, found.value->text);
    out.principals.push_back(*parse_principal("AWS", "*"));
    return ok_status();
  }
  return parse_principal_map(*found.value, out);
}

Status StatementParser::parse_principal_map(const Json& value, Statement& out) const {
  if (!value.is_object() || value.members.empty()) return fault(PolicyFault::kPrincipal);
  for (const auto& [key, entry] : value.members) {
    auto names = strings(entry);
    if (!names || names->empty()) return fault(PolicyFault::kPrincipal, key);
    if (key == "Federated" && !is_trust()) return fault(PolicyFault::kPrincipal, key);
    if (key == "CanonicalUser" && kind_ != PolicyKind::kBucket)
      return fault(PolicyFault::kPrincipal, key);
    // Nobody's request is matched with these two: a statement that should keep somebody out by one
    // would keep out nobody, or all but nobody.
    if (!out.allow && (key == "Federated" || key == "CanonicalUser"))
      return fault(PolicyFault::kPrincipal, key);
    for (const std::string& name : *names) {
      auto pattern = parse_principal(key, name);
      if (!pattern) return fault(PolicyFault::kPrincipal, "\"" + key + "\":\"" + name + "\"");
      out.principals.push_back(std::move(*pattern));
    }
  }
  return ok_status();
}

Status StatementParser::parse_actions(const Json& json, Statement& out) const {
  const OneOfTwo found = one_of(json, "Action", "NotAction");
  if (found.value == nullptr) return fault(PolicyFault::kNoAction);
  if (found.both) return fault(PolicyFault::kSyntax);
  auto actions = strings(*found.value);
  if (!actions) return fault(PolicyFault::kSyntax);
  if (actions->empty()) return fault(PolicyFault::kNoAction);
  out.not_action = found.negated;
  for (const std::string& action : *actions) TRY_OK(parse_action(action, out));
  return ok_status();
}

Status StatementParser::parse_action(const std::string& text, Statement& out) const {
  if (text.size() > kPatternBytesMax) return fault(PolicyFault::kSyntax);
  if (text != "*") {
    const size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0) return fault(PolicyFault::kActionVendor);
    if (text.find(':', colon + 1) != std::string::npos) return fault(PolicyFault::kActionColons);
    const std::string_view vendor = std::string_view(text).substr(0, colon),
                           name = std::string_view(text).substr(colon + 1);
    if (!all_of_chars(vendor, "-")) return fault(PolicyFault::kActionVendor);
    if (name.empty() || !all_of_chars(name, "*?-_")) return fault(PolicyFault::kSyntax);
    const bool s3 = iequals(vendor, "s3") || iequals(vendor, "s3express");
    if (kind_ == PolicyKind::kBucket && !s3) return fault(PolicyFault::kActionForeign);
    if (is_trust() && !iequals(vendor, "sts")) return fault(PolicyFault::kActionForeign);
  } else if (is_trust()) {
    return fault(PolicyFault::kActionForeign);
  }
  out.actions.push_back(*Pattern::compile(text, {.wildcards = true, .ignore_case = true}));
  return ok_status();
}

Status StatementParser::parse_resources(const Json& json, Statement& out) const {
  const OneOfTwo found = one_of(json, "Resource", "NotResource");
  if (is_trust()) {
    if (found.value != nullptr) return fault(PolicyFault::kHasResource);
    return ok_status();
  }
  if (found.value == nullptr) return fault(PolicyFault::kNoResource);
  if (found.both) return fault(PolicyFault::kSyntax);
  auto resources = strings(*found.value);
  if (!resources) return fault(PolicyFault::kSyntax);
  if (resources->empty()) return fault(PolicyFault::kNoResource);
  out.not_resource = found.negated;
  for (const std::string& resource : *resources) TRY_OK(parse_resource(resource, out));
  return ok_status();
}

Status StatementParser::parse_resource(const std::string& text, Statement& out) const {
  if (kind_ == PolicyKind::kBucket && !own_arn_.empty()) {
    const bool own = text.starts_with(own_arn_) &&
                     (text.size() == own_arn_.size() || text[own_arn_.size()] == '/' ||
                      text[own_arn_.size()] == '*');
    if (!own) return fault(PolicyFault::kResourceForeign, text);
  }
  TRY(auto pattern, compile_resource(text));
  out.resources.push_back(std::move(pattern));
  return ok_status();
}

Result<ResourcePattern> StatementParser::compile_resource(std::string_view text) const {
  ResourcePattern out;
  if (text == "*") {
    out.any = true;
    return out;
  }
  if (text.size() > kPatternBytesMax) return fault(PolicyFault::kResourceFields);
  if (!text.starts_with("arn:")) return fault(PolicyFault::kResource, text);
  std::string_view rest = text;
  for (int field = 0; field < 5; ++field) {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return fault(PolicyFault::kResourceFields);
    out.fields.push_back(*Pattern::compile(rest.substr(0, colon), {.wildcards = true}));
    rest.remove_prefix(colon + 1);
  }
  const std::string_view head = text.substr(0, text.size() - rest.size());
  if (rest.empty() || head.find("${") != std::string_view::npos)
    return fault(PolicyFault::kResourceFields);
  if (std::all_of(out.fields.begin(), out.fields.end(),
                  [](const Pattern& field) { return field.is_fixed(); })) {
    out.head = std::string(head);
    out.fields.clear();
  }
  auto tail = Pattern::compile(rest, {.wildcards = true, .variables = variables_});
  if (!tail) return fault(PolicyFault::kSyntax);
  out.tail = std::move(*tail);
  return out;
}

Status StatementParser::parse_conditions(const Json& json, Statement& out) const {
  const Json* block = json.member("Condition");
  if (block == nullptr) return ok_status();
  if (!block->is_object()) return fault(PolicyFault::kSyntax);
  for (const auto& [op, keys] : block->members) {
    if (!keys.is_object()) return fault(PolicyFault::kSyntax);
    for (const auto& [key, value] : keys.members) TRY_OK(parse_condition(op, key, value, out));
  }
  return ok_status();
}

Status StatementParser::parse_condition(const std::string& op, const std::string& key,
                                        const Json& value, Statement& out) const {
  auto values = scalars(value);
  if (!values) return fault(PolicyFault::kConditionValue);
  Condition condition;
  switch (compile_condition(op, key, *values, variables_, condition)) {
    case ConditionFault::kNone:
      break;
    case ConditionFault::kOperator:
      return fault(PolicyFault::kConditionOperator, op);
    case ConditionFault::kKey:
      return fault(PolicyFault::kConditionKey, key);
    case ConditionFault::kValue:
    case ConditionFault::kVariable:
      return fault(PolicyFault::kConditionValue);
  }
  out.conditions.push_back(std::move(condition));
  return ok_status();
}

}  // namespace coffer::authz
