#include "authz/context.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace coffer::authz {

namespace {

// Keys that describe the first request's resource or its way here: a forwarded call has its own.
bool stays_behind(std::string_view key) {
  if (!key.starts_with("aws:")) return true;
  for (std::string_view prefix : {"aws:resourcetag/", "aws:requesttag/"})
    if (key.starts_with(prefix)) return true;
  for (std::string_view name :
       {"aws:sourceip", "aws:useragent", "aws:tagkeys", "aws:resourceaccount", "aws:vpcsourceip"})
    if (key == name) return true;
  return false;
}

}  // namespace

Principal Principal::root(std::string account) {
  Principal out;
  out.type = PrincipalType::kRoot;
  out.arn = fmt::format("arn:aws:iam::{}:root", account);
  out.principal_id = account;
  out.account = std::move(account);
  return out;
}

Principal Principal::service(std::string name) {
  Principal out;
  out.type = PrincipalType::kService;
  out.name = std::move(name);
  return out;
}

void ConditionValues::set(std::string_view key, std::string value) {
  std::vector<std::string> values;
  values.push_back(std::move(value));
  set(key, std::move(values));
}

void ConditionValues::set(std::string_view key, std::vector<std::string> values) {
  values_.insert_or_assign(lower(key), Value{std::move(values), true, true});
}

void ConditionValues::set_effective(std::string_view key, std::optional<std::string> effective,
                                    bool sent) {
  Value value;
  value.present = effective.has_value();
  value.sent = sent;
  if (effective) value.effective.push_back(std::move(*effective));
  values_.insert_or_assign(lower(key), std::move(value));
}

void ConditionValues::erase(std::string_view key) { values_.erase(lower(key)); }

const ConditionValues::Value* ConditionValues::find(std::string_view lower_key) const {
  auto it = values_.find(lower_key);
  return it == values_.end() ? nullptr : &it->second;
}

RequestContext RequestContext::forward(std::string_view service,
                                       std::string_view invoked_by) const {
  RequestContext out = *this;
  out.conditions = {};
  for (const auto& [key, value] : conditions.all()) {
    if (stays_behind(key)) continue;
    if (value.present) out.conditions.set(key, value.effective);
  }
  out.via_service = fmt::format("{}.{}.amazonaws.com", service, region);
  out.source_ip = out.user_agent = std::string(invoked_by);

  const std::string name = fmt::format("{}.amazonaws.com", service);
  std::vector<std::string> chain;
  if (const auto* before = conditions.find("aws:calledvia")) chain = before->effective;
  chain.push_back(name);
  out.conditions.set("kms:ViaService", out.via_service);
  out.conditions.set("aws:ViaAWSService", "true");
  out.conditions.set("aws:CalledViaFirst", chain.front());
  out.conditions.set("aws:CalledViaLast", name);
  out.conditions.set("aws:CalledVia", std::move(chain));
  return out;
}

}  // namespace coffer::authz
