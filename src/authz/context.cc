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
  put(key, Value{std::move(values), true, true});
}

void ConditionValues::set_effective(std::string_view key, std::optional<std::string> effective,
                                    bool sent) {
  Value value;
  value.present = effective.has_value();
  value.sent = sent;
  if (effective) value.effective.push_back(std::move(*effective));
  put(key, std::move(value));
}

void ConditionValues::put(std::string_view key, Value value) {
  for (Entry& entry : values_) {
    if (!iequals(entry.key, key)) continue;
    entry.value = std::move(value);
    return;
  }
  if (values_.capacity() == 0) values_.reserve(16);
  values_.push_back({lower(key), std::move(value)});
}

void ConditionValues::erase(std::string_view key) {
  std::erase_if(values_, [&](const Entry& entry) { return iequals(entry.key, key); });
}

const ConditionValues::Value* ConditionValues::find(std::string_view lower_key) const {
  for (const Entry& entry : values_)
    if (entry.key == lower_key) return &entry.value;
  return nullptr;
}

RequestContext RequestContext::forward(std::string_view service,
                                       std::string_view invoked_by) const {
  constexpr std::string_view kDomain = ".amazonaws.com";
  RequestContext out{.principal = principal,
                     .policies = policies,
                     .region = region,
                     .request_id = request_id,
                     .source_ip = std::string(invoked_by),
                     .user_agent = std::string(invoked_by),
                     .called_via = called_via,
                     .now_ms = now_ms,
                     .secure_transport = secure_transport,
                     .signature_version = signature_version,
                     .tls_version = tls_version,
                     .cipher_suite = cipher_suite,
                     .host = host};
  for (const ConditionValues::Entry& entry : conditions.values_) {
    if (!entry.value.present || stays_behind(entry.key)) continue;
    out.conditions.values_.push_back(entry);
    out.conditions.values_.back().value.sent = true;
  }
  out.via_service.append(service).append(".").append(region).append(kDomain);
  out.called_via.push_back(std::string(service).append(kDomain));
  return out;
}

}  // namespace coffer::authz
