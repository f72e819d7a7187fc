#include <nlohmann/json.hpp>

#include "audit/event.h"
#include "base/arn.h"

namespace coffer::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kJsonDepthMax = 64;

// value_of is a parameter's value: JSON where it says so and is so, else its text.
Json value_of(const Parameter& p) {
  if (!p.json) return p.value;
  bool deep = false;
  auto parsed = Json::parse(
      p.value,
      [&](int depth, Json::parse_event_t, Json&) {
        deep = deep || depth > kJsonDepthMax;
        return true;
      },
      false);
  if (parsed.is_discarded() || deep) return p.value;
  return parsed;
}

Json object_of(const std::vector<Parameter>& parameters) {
  if (parameters.empty()) return nullptr;
  Json out = Json::object();
  for (const auto& p : parameters) out[p.name] = value_of(p);
  return out;
}

void put_text(Json& out, const char* name, const std::string& value) {
  if (!value.empty()) out[name] = value;
}

// issuer_of describes the role behind a session.
Json issuer_of(const authz::Principal& p) {
  Json out = {
      {"type", "Role"}, {"principalId", p.role_id}, {"arn", p.role_arn}, {"accountId", p.account}};
  if (auto arn = Arn::parse(p.role_arn)) {
    const size_t slash = arn->resource.rfind('/');
    out["userName"] = slash == std::string::npos ? arn->resource : arn->resource.substr(slash + 1);
  }
  return out;
}

Json session_of(const authz::Principal& p) {
  Json out = Json::object();
  if (p.type == authz::PrincipalType::kAssumedRole) out["sessionIssuer"] = issuer_of(p);
  Json attributes = Json::object();
  if (p.token_issued_ms) attributes["creationDate"] = iso8601(*p.token_issued_ms);
  attributes["mfaAuthenticated"] = p.mfa ? "true" : "false";
  out["attributes"] = std::move(attributes);
  put_text(out, "sourceIdentity", p.source_identity);
  return out;
}

const char* type_name(authz::PrincipalType type) {
  switch (type) {
    case authz::PrincipalType::kRoot:
      return "Root";
    case authz::PrincipalType::kUser:
      return "IAMUser";
    case authz::PrincipalType::kAssumedRole:
      return "AssumedRole";
    case authz::PrincipalType::kFederatedUser:
      return "FederatedUser";
    case authz::PrincipalType::kService:
      return "AWSService";
    case authz::PrincipalType::kAnonymous:
      break;
  }
  return "AWSAccount";
}

Json known_identity(const authz::Principal& p) {
  Json out = {{"type", type_name(p.type)},
              {"principalId", p.principal_id},
              {"arn", p.arn},
              {"accountId", p.account}};
  put_text(out, "accessKeyId", p.access_key_id);
  if (p.type == authz::PrincipalType::kUser) out["userName"] = p.name;
  if (p.token_issued_ms || p.type == authz::PrincipalType::kAssumedRole)
    out["sessionContext"] = session_of(p);
  return out;
}

Json identity_of(const Event& e) {
  const authz::Principal& p = e.identity;
  if (e.type == EventType::kServiceEvent)
    return {{"accountId", e.recipient_account}, {"invokedBy", "AWS Internal"}};
  if (p.type == authz::PrincipalType::kService)
    return {{"type", "AWSService"}, {"invokedBy", p.name}};
  if (p.type == authz::PrincipalType::kAnonymous)
    return {{"type", "AWSAccount"}, {"principalId", ""}, {"accountId", "ANONYMOUS_PRINCIPAL"}};
  // Another account learns who called, but nothing of how that account names and admits its own.
  const bool foreign = !e.recipient_account.empty() && e.recipient_account != p.account;
  Json out =
      foreign
          ? Json{{"type", "AWSAccount"}, {"principalId", p.principal_id}, {"accountId", p.account}}
          : known_identity(p);
  put_text(out, "invokedBy", e.invoked_by);
  return out;
}

std::string agent_of(const Event& e) {
  const bool s3 = e.source == "s3.amazonaws.com" || e.source == "s3express.amazonaws.com";
  if (!s3 || !e.invoked_by.empty() || e.user_agent.empty() || e.user_agent.front() == '[')
    return e.user_agent;
  return fmt::format("[{}]", e.user_agent);
}

Json resources_of(const Event& e) {
  Json out = Json::array();
  for (const auto& ref : e.resources) {
    Json item = Json::object();
    put_text(item, "accountId", ref.account);
    item["type"] = ref.type;
    item["ARN"] = ref.arn;
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace

std::string shown_time(UnixMs ms) {
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::string t = iso8601(ms);  // 2022-08-10T22:38:27Z
  const auto number = [&](size_t at) { return (t[at] - '0') * 10 + (t[at + 1] - '0'); };
  const int hour = number(11);
  return fmt::format("{} {}, {}, {}:{} {}", kMonths[number(5) - 1], number(8), t.substr(0, 4),
                     hour % 12 == 0 ? 12 : hour % 12, t.substr(14, 5), hour < 12 ? "AM" : "PM");
}

std::string render_json(const Event& e) {
  Json out = {{"eventVersion", "1.11"},
              {"userIdentity", identity_of(e)},
              {"eventTime", iso8601(e.time_ms)},
              {"eventSource", e.source},
              {"eventName", e.name},
              {"awsRegion", e.region},
              {"sourceIPAddress", e.source_ip},
              {"userAgent", agent_of(e)}};
  // The trail's name for it is the same in every protocol.
  put_text(out, "errorCode",
           e.error_code == "AccessDeniedException" ? "AccessDenied" : e.error_code);
  put_text(out, "errorMessage", e.error_message);
  out["requestParameters"] = object_of(e.request);
  out["responseElements"] = object_of(e.response);
  if (!e.additional.empty())
    out[e.type == EventType::kServiceEvent ? "serviceEventDetails" : "additionalEventData"] =
        object_of(e.additional);
  put_text(out, "requestID", e.request_id);
  out["eventID"] = e.event_id;
  out["readOnly"] = e.read_only;
  if (!e.resources.empty()) out["resources"] = resources_of(e);
  out["eventType"] = e.type == EventType::kServiceEvent ? "AwsServiceEvent" : "AwsApiCall";
  out["managementEvent"] = e.category == Category::kManagement;
  out["recipientAccountId"] = e.recipient_account;
  put_text(out, "sharedEventID", e.shared_event_id);
  out["eventCategory"] = e.category == Category::kManagement ? "Management" : "Data";
  if (!e.tls_version.empty()) {
    Json tls = {{"tlsVersion", e.tls_version}, {"cipherSuite", e.cipher_suite}};
    put_text(tls, "clientProvidedHostHeader", e.host);
    out["tlsDetails"] = std::move(tls);
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace coffer::audit
