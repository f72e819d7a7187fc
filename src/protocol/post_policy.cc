#include "protocol/post_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/encoding.h"

namespace coffer::protocol {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDepthMax = 3;  // the document, its list, a condition

Error invalid_policy(std::string_view text) {
  return {"InvalidPolicyDocument", fmt::format("Invalid Policy: {}", text)};
}
Error invalid_json() { return invalid_policy("Invalid JSON."); }

Error violated(std::string_view text) {
  return {"AccessDenied", fmt::format("Invalid according to Policy: {}", text)};
}

Error argument(std::string message, std::string_view name, std::string_view value) {
  return Error{"InvalidArgument", std::move(message)}
      .with("ArgumentName", std::string(name))
      .with("ArgumentValue", std::string(value));
}

Error missing_field(std::string_view name) {
  return argument(fmt::format("Bucket POST must contain a field named '{}'.  If it is specified, "
                              "please check the order of the fields.",
                              name),
                  name, "");
}

// quoted_list writes ["eq", "$key", "value"].
std::string quoted_list(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    out += out.empty() ? "[" : ", ";
    out += Json(item).dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return out + "]";
}

Result<SignedRequest> parse_version4(const FormFields& fields) {
  static constexpr std::pair<std::string_view, std::string_view> kNeeded[] = {
      {"x-amz-signature", "X-Amz-Signature"},
      {"x-amz-algorithm", "X-Amz-Algorithm"},
      {"x-amz-credential", "X-Amz-Credential"},
      {"x-amz-date", "X-Amz-Date"},
      {"policy", "Policy"}};
  for (const auto& [name, shown] : kNeeded)
    if (!fields.has(name)) return missing_field(shown);
  if (fields.get("x-amz-algorithm") != "AWS4-HMAC-SHA256")
    return argument("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"", "X-Amz-Algorithm",
                    fields.get("x-amz-algorithm"));
  const std::string credential = fields.get("x-amz-credential");
  if (credential.starts_with('/'))
    return argument("a non-empty Access Key (AKID) must be provided in the credential.",
                    "X-Amz-Credential", credential);
  auto scope = parse_credential(credential);
  if (!scope)
    return argument(
        "the Credential is mal-formed; expecting "
        "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
        "X-Amz-Credential", credential);
  auto date = parse_basic_date_time(fields.get("x-amz-date"));
  if (!date)
    return argument("X-Amz-Date must be formated via ISO8601 Long format", "X-Amz-Date",
                    fields.get("x-amz-date"));
  SignedRequest out{.scope = std::move(*scope), .posted = true, .signed_at_ms = *date};
  out.signature = fields.get("x-amz-signature");
  return out;
}

Result<SignedRequest> parse_version2_form(const FormFields& fields) {
  static constexpr std::pair<std::string_view, std::string_view> kNeeded[] = {
      {"signature", "Signature"}, {"awsaccesskeyid", "AWSAccessKeyId"}, {"policy", "Policy"}};
  for (const auto& [name, shown] : kNeeded)
    if (!fields.has(name)) return missing_field(shown);
  SignedRequest out{.version = SignatureVersion::k2, .posted = true};
  out.scope.access_key_id = fields.get("awsaccesskeyid");
  out.signature = fields.get("signature");
  return out;
}

bool is_exempt(std::string_view name) {
  static constexpr std::string_view kExempt[] = {"x-amz-signature", "awsaccesskeyid", "signature",
                                                 "file", "policy"};
  return name.starts_with("x-ignore-") ||
         std::find(std::begin(kExempt), std::end(kExempt), name) != std::end(kExempt);
}

}  // namespace

Result<std::optional<SignedRequest>> parse_form_signature(const FormFields& fields) {
  const bool version4 = fields.has("x-amz-signature") || fields.has("x-amz-algorithm") ||
                        fields.has("x-amz-credential") || fields.has("x-amz-date");
  if (!version4 && !fields.has("signature") && !fields.has("awsaccesskeyid"))
    return std::optional<SignedRequest>();
  TRY(SignedRequest out, version4 ? parse_version4(fields) : parse_version2_form(fields));
  out.session_token = fields.get("x-amz-security-token");
  out.s3_session_token = fields.get("x-amz-s3session-token");
  out.payload = PayloadMode::kUnsigned;
  out.string_to_sign = fields.get("policy");
  return std::optional<SignedRequest>(std::move(out));
}

// Reader turns the document into conditions.
struct PostPolicy::Reader {
  static Result<Condition> simple(const Json& item) {
    if (item.size() != 1)
      return invalid_policy(
          "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.");
    const auto& value = item.begin().value();
    if (value.is_null()) return invalid_json();
    if (!value.is_string())
      return invalid_policy("Invalid Simple-Condition: value must be a string.");
    Condition out{.field = "$" + item.begin().key(), .value = value.get<std::string>()};
    out.text = quoted_list({"eq", out.field, out.value});
    return out;
  }

  // bound answers nullopt for a text that is no number: such a condition fails when it is checked.
  static Result<std::optional<uint64_t>> bound(const Json& item) {
    if (item.is_string()) return parse_uint(item.get<std::string>());
    if (item.is_number_unsigned()) return std::optional(item.get<uint64_t>());
    if (item.is_number_integer()) return invalid_policy("Token - must be enclosed in quotes.");
    return invalid_json();
  }

  static Result<Condition> length_range(const Json& item) {
    Condition out{.kind = Kind::kLengthRange, .text = item.dump()};
    TRY(auto min, bound(item[1]));
    TRY(auto max, bound(item[2]));
    if (min && max) out.range = {*min, *max};
    return out;
  }

  static Result<Condition> listed(const Json& item) {
    if (item.empty() || !item[0].is_string())
      return invalid_policy("Invalid Condition: missing operation identifier.");
    const std::string operation = lower(item[0].get<std::string>());
    const bool eq = operation == "eq", starts = operation == "starts-with";
    if (!eq && !starts && operation != "content-length-range")
      return invalid_policy(
          fmt::format("Invalid Condition: unknown operation '{}'.", item[0].get<std::string>()));
    if (item.size() != 3)
      return invalid_policy(fmt::format("Invalid {}: wrong number of arguments.", operation));
    if (!eq && !starts) return length_range(item);
    if (!item[1].is_string() || !item[2].is_string()) return invalid_json();
    Condition out{.kind = eq ? Kind::kEq : Kind::kStartsWith,
                  .field = item[1].get<std::string>(),
                  .value = item[2].get<std::string>()};
    out.text = quoted_list({operation, out.field, out.value});
    return out;
  }

  static Result<UnixMs> expiration(const Json& item) {
    const std::string text = item.is_string() ? item.get<std::string>() : item.dump();
    auto at = item.is_string() && text.ends_with('Z') && text.find('T') != std::string::npos
                  ? parse_iso8601(text)
                  : std::nullopt;
    if (!at) return invalid_policy(fmt::format("Invalid 'expiration' value: '{}'", text));
    return *at;
  }
};

Result<PostPolicy> PostPolicy::parse(std::string_view field) {
  auto text = unbase64(field);
  if (!text) return invalid_policy("invalid Base64 encoding.");
  if (!is_utf8(*text)) return invalid_json();
  bool shallow = true;
  const Json document = Json::parse(
      *text,
      [&](int depth, Json::parse_event_t event, Json&) {
        using E = Json::parse_event_t;
        if (depth >= kDepthMax && (event == E::object_start || event == E::array_start))
          shallow = false;
        return shallow;
      },
      false);
  if (!shallow || !document.is_object()) return invalid_json();
  for (const auto& [name, value] : document.items())
    if (name != "expiration" && name != "conditions")
      return invalid_policy(fmt::format("Unexpected: '{}'", lower(name)));
  if (!document.contains("expiration")) return invalid_policy("Policy missing expiration.");
  if (!document.contains("conditions")) return invalid_policy("Policy missing conditions.");
  PostPolicy out;
  TRY(out.expires_ms_, Reader::expiration(document["expiration"]));
  const Json& conditions = document["conditions"];
  if (!conditions.is_array()) return invalid_policy("Invalid 'conditions' value: must be a List.");
  for (const Json& item : conditions) {
    if (!item.is_object() && !item.is_array())
      return invalid_policy("Invalid condition test: must be a List or Object.");
    TRY(Condition condition, item.is_object() ? Reader::simple(item) : Reader::listed(item));
    out.conditions_.push_back(std::move(condition));
  }
  return out;
}

bool PostPolicy::holds(const Condition& c, const FormFields& fields, std::string_view bucket) {
  if (c.kind == Kind::kLengthRange) return c.range.has_value();
  if (!c.field.starts_with('$')) return false;
  const std::string name = lower(std::string_view(c.field).substr(1));
  // A field that is not there passes for an empty one, as the default of an HTML form would.
  const std::string value = name == "bucket" ? std::string(bucket) : fields.get(name);
  if (c.kind == Kind::kEq) return value == c.value;
  if (name != "content-type") return value.starts_with(c.value);
  // A list of types: each must begin so.
  for (size_t at = 0; at <= value.size();) {
    const size_t end = std::min(value.find(',', at), value.size());
    if (!trim(std::string_view(value).substr(at, end - at)).starts_with(c.value)) return false;
    at = end + 1;
  }
  return true;
}

Result<LengthRange> PostPolicy::check(const FormFields& fields, std::string_view bucket,
                                      UnixMs now_ms) const {
  if (now_ms > expires_ms_) return violated("Policy expired.");
  LengthRange out;
  std::set<std::string, std::less<>> covered;
  for (const Condition& c : conditions_) {
    if (!holds(c, fields, bucket))
      return violated(fmt::format("Policy Condition failed: {}", c.text));
    if (c.kind == Kind::kLengthRange) {
      out.min = std::max(out.min, c.range->min);
      out.max = std::min(out.max, c.range->max);
    } else {
      covered.insert(lower(std::string_view(c.field).substr(1)));
    }
  }
  std::vector<std::string> extra;
  // A policy that names no bucket would be good for all of its signer's.
  if (!covered.contains("bucket") && !fields.has("bucket")) extra.push_back("bucket");
  for (const FormField& field : fields.list())
    if (!is_exempt(field.name) && !covered.contains(field.name)) extra.push_back(field.sent);
  if (!extra.empty())
    return violated(fmt::format("Extra input fields: {}", fmt::join(extra, ", ")));
  return out;
}

}  // namespace coffer::protocol
