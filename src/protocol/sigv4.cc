#include "protocol/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "protocol/canonical_request.h"
#include "protocol/sigv2.h"

namespace coffer::protocol {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kCredentialForm =
    "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
constexpr int64_t kExpiresMax = 604800;
constexpr int64_t kExpiresDefault = 900;  // of the services that do not require X-Amz-Expires
constexpr size_t kSignedHeadersMax = 256;

using Query = QueryPairs;

struct Context {
  const net::Request& request;
  SigningFamily family;
  bool presigned;

  bool s3() const { return family == SigningFamily::kS3; }
};

// ---- Refusals, in the family's words.

Error malformed(const Context& c, std::string text) {
  if (c.s3() && c.presigned) return {"AuthorizationQueryParametersError", std::move(text)};
  if (c.s3())
    return {"AuthorizationHeaderMalformed", "The authorization header is malformed; " + text};
  return {
      c.family == SigningFamily::kQuery ? "IncompleteSignature" : "IncompleteSignatureException",
      std::move(text)};
}

Error does_not_match(const Context& c, std::string text) {
  return {c.family == SigningFamily::kJson ? "InvalidSignatureException" : "SignatureDoesNotMatch",
          std::move(text)};
}

Error unsupported_mechanism() {
  return {"InvalidRequest",
          "The authorization mechanism you have provided is not supported. Please use "
          "AWS4-HMAC-SHA256."};
}

Error bad_credential(const Context& c, std::string_view credential) {
  if (c.s3() && c.presigned)
    return malformed(
        c, fmt::format("Error parsing the X-Amz-Credential parameter; {}", kCredentialForm));
  if (c.s3()) return malformed(c, std::string(kCredentialForm));
  return malformed(c, fmt::format("Credential must have exactly 5 slash-delimited elements, e.g. "
                                  "keyid/date/region/service/term, got '{}'",
                                  credential));
}

// ---- The request's pieces.

Query parse_query(std::string_view raw) {
  Query out;
  for (size_t at = 0; at < raw.size();) {
    size_t end = std::min(raw.find('&', at), raw.size());
    std::string_view piece = raw.substr(at, end - at);
    at = end + 1;
    size_t equals = std::min(piece.find('='), piece.size());
    auto name = url_decode(piece.substr(0, equals), true);
    auto value =
        url_decode(equals < piece.size() ? piece.substr(equals + 1) : std::string_view{}, true);
    if (name && value && !name->empty()) out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

const std::string* find(const Query& query, std::string_view name) {
  for (const auto& [n, v] : query)
    if (n == name) return &v;
  return nullptr;
}

std::string value_of(const Query& query, std::string_view name) {
  const std::string* value = find(query, name);
  return value ? *value : std::string();
}

bool is_presigned(const Query& query) {
  return find(query, "X-Amz-Algorithm") || find(query, "X-Amz-Signature") ||
         find(query, "X-Amz-Credential");
}

bool is_lower_hex64(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_date(std::string_view text) {
  return text.size() == 8 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Raw holds the parameters of either form before they are judged.
struct Raw {
  std::string credential, signed_headers, signature, date;
};

Result<std::vector<std::string>> parse_signed_headers(const Context& c, std::string_view text) {
  std::vector<std::string> names;
  std::set<std::string, std::less<>> seen;
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find(';', at), text.size());
    std::string name(text.substr(at, end - at));
    at = end + 1;
    bool clean = !name.empty() && name == lower(name) &&
                 name.find_first_of(" \t\r\n:,=") == std::string::npos;
    if (!clean || !seen.insert(name).second || names.size() == kSignedHeadersMax)
      return malformed(c, "the SignedHeaders list is mal-formed.");
    names.push_back(std::move(name));
  }
  return names;
}

// check_coverage refuses a request whose host or whose x-amz-* headers the signature leaves open.
Status check_coverage(const Context& c, const std::vector<std::string>& names) {
  std::set<std::string, std::less<>> covered(names.begin(), names.end());
  std::vector<std::string> open;
  if (!covered.contains("host")) open.push_back("host");
  for (const net::Header& header : c.request.headers.list()) {
    std::string name = lower(header.name);
    if (!name.starts_with("x-amz-") || !covered.insert(name).second) continue;
    if (name == "x-amz-content-sha256" && !c.presigned)
      continue;  // it is the canonical request's last line
    open.push_back(name);
  }
  if (open.empty()) return ok_status();
  if (c.s3())
    return Error{"AccessDenied", "There were headers present in the request which were not signed"}
        .with("HeadersNotSigned", fmt::format("{}", fmt::join(open, ", ")));
  if (open[0] == "host")
    return does_not_match(
        c, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  return does_not_match(
      c, fmt::format("'{}' must be a 'SignedHeader' in the AWS Authorization.", open[0]));
}

Result<Scope> parse_scope(const Context& c, std::string_view credential) {
  auto scope = parse_credential(credential);
  if (scope) return *scope;
  size_t slash = credential.rfind('/');
  bool five = std::count(credential.begin(), credential.end(), '/') == 4;
  if (!five ||
      !parse_credential(std::string(credential.substr(0, slash + 1)) + std::string(kTerminator)))
    return bad_credential(c, credential);
  std::string_view last = credential.substr(slash + 1);
  if (c.s3())
    return malformed(
        c, fmt::format("incorrect terminal \"{}\". This endpoint uses \"aws4_request\".", last));
  return does_not_match(
      c,
      fmt::format("Credential should be scoped with a valid terminator: 'aws4_request', not '{}'.",
                  last));
}

Error bad_date(const Context& c, std::string_view date) {
  if (c.s3() && c.presigned)
    return malformed(c, "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  if (c.s3())
    return {"AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"};
  return malformed(c, fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See "
                                  "http://en.wikipedia.org/wiki/ISO_8601",
                                  date));
}

Status check_scope_date(const Context& c, const SignedRequest& out) {
  std::string signed_at = basic_date_time(out.signed_at_ms);
  std::string_view day = std::string_view(signed_at).substr(0, 8);
  if (out.scope.date == day) return ok_status();
  if (c.s3())
    return malformed(
        c, fmt::format(
               "Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".",
               out.scope.date, day));
  return does_not_match(
      c, fmt::format(
             "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
             "HTTP: '{}' != '{}', from '{}'.",
             out.scope.date, day, signed_at));
}

// judge turns the raw parameters, common to both forms, into the signed request.
Result<SignedRequest> judge(const Context& c, const Raw& raw) {
  SignedRequest out;
  out.presigned = c.presigned;
  TRY(out.scope, parse_scope(c, raw.credential));
  if (!is_lower_hex64(raw.signature))
    return malformed(c, "the Signature is mal-formed; expecting 64 hexadecimal digits.");
  out.signature = raw.signature;
  auto date = parse_basic_date_time(raw.date);
  if (!date && !c.presigned) date = parse_http_date(raw.date);
  if (!date) return bad_date(c, raw.date);
  out.signed_at_ms = *date;
  TRY_OK(check_scope_date(c, out));
  TRY(out.signed_headers, parse_signed_headers(c, raw.signed_headers));
  TRY_OK(check_coverage(c, out.signed_headers));
  return out;
}

// ---- The Authorization header.

Error incomplete_header(const Context& c, const Raw& raw, std::string_view authorization,
                        Sha256Hex sha256_hex) {
  if (c.s3())
    return malformed(c,
                     "the authorization header requires three components: Credential, "
                     "SignedHeaders, and Signature.");
  std::string text;
  if (raw.credential.empty()) text += "Authorization header requires 'Credential' parameter. ";
  if (raw.signature.empty()) text += "Authorization header requires 'Signature' parameter. ";
  if (raw.signed_headers.empty())
    text += "Authorization header requires 'SignedHeaders' parameter. ";
  if (raw.date.empty())
    text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  return malformed(
      c, fmt::format("{}(Hashed with SHA-256 and encoded with Base64) Authorization={}", text,
                     base64(unhex(sha256_hex(authorization)).value_or(""))));
}

Error unsupported_header(const Context& c, std::string_view authorization, Sha256Hex sha256_hex) {
  std::string_view scheme = authorization.substr(0, authorization.find(' '));
  if (scheme == "AWS" || scheme.starts_with("AWS4-")) return unsupported_mechanism();
  if (!c.s3()) return incomplete_header(c, {}, authorization, sha256_hex);
  return Error{"InvalidArgument", "Unsupported Authorization Type"}
      .with("ArgumentName", "Authorization")
      .with("ArgumentValue", std::string(authorization));
}

// read_components fills `raw` from "Credential=…, SignedHeaders=…, Signature=…"; false: a part is
// unknown or comes twice.
bool read_components(std::string_view text, Raw& raw) {
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(',', at), text.size());
    std::string_view piece = trim(text.substr(at, end - at));
    at = end + 1;
    if (piece.empty()) continue;
    size_t equals = std::min(piece.find('='), piece.size());
    std::string_view name = piece.substr(0, equals);
    std::string* into = name == "Credential"      ? &raw.credential
                        : name == "SignedHeaders" ? &raw.signed_headers
                        : name == "Signature"     ? &raw.signature
                                                  : nullptr;
    if (!into || !into->empty() || equals == piece.size()) return false;
    *into = piece.substr(equals + 1);
  }
  return true;
}

Result<SignedRequest> parse_header_form(const Context& c, std::string_view authorization,
                                        Sha256Hex sha256_hex) {
  const net::Headers& headers = c.request.headers;
  std::string_view rest = trim(authorization);
  if (!rest.starts_with(kAlgorithm)) return unsupported_header(c, rest, sha256_hex);
  rest.remove_prefix(kAlgorithm.size());
  if (!rest.empty() && rest[0] != ' ' && rest[0] != '\t')
    return unsupported_header(c, trim(authorization), sha256_hex);
  Raw raw;
  raw.date = headers.find("x-amz-date").value_or(headers.get("date"));
  bool whole = read_components(rest, raw);
  if (!whole || raw.credential.empty() || raw.signed_headers.empty() || raw.signature.empty())
    return incomplete_header(c, raw, authorization, sha256_hex);
  if (raw.date.empty() && !c.s3()) return incomplete_header(c, raw, authorization, sha256_hex);
  TRY(SignedRequest out, judge(c, raw));
  out.session_token = headers.get("x-amz-security-token");
  out.s3_session_token = headers.get("x-amz-s3session-token");
  if (!c.s3()) return out;
  auto hash = headers.find("x-amz-content-sha256");
  if (!hash)
    return Error{"InvalidRequest",
                 "Missing required header for this request: x-amz-content-sha256"};
  TRY(out.payload, parse_payload_mode(*hash));
  out.payload_hash = *hash;
  return out;
}

// ---- The query parameters.

Error missing_parameters(const Context& c, const Query& query,
                         std::span<const std::string_view> required) {
  if (c.s3())
    return malformed(c,
                     "Query-string authentication version 4 requires the X-Amz-Algorithm, "
                     "X-Amz-Credential, X-Amz-Signature, "
                     "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
  std::string text;
  for (std::string_view name : required)
    if (value_of(query, name).empty())
      text += fmt::format("AWS query-string parameters must include '{}'. ", name);
  return malformed(c, text + "Re-examine the query-string parameters.");
}

Result<int64_t> parse_expires(const Context& c, std::string_view text) {
  if (text.empty() && !c.s3()) return kExpiresDefault;
  bool negative = text.starts_with('-');
  auto value = parse_uint(negative ? text.substr(1) : text);
  if (!value) return malformed(c, "X-Amz-Expires should be a number");
  if (negative || *value == 0) return malformed(c, "X-Amz-Expires must be greater than zero");
  if (*value > kExpiresMax)
    return malformed(c,
                     "X-Amz-Expires must be less than a week (in seconds); that is, the given "
                     "X-Amz-Expires must be less than "
                     "604800 seconds");
  return static_cast<int64_t>(*value);
}

// presigned_payload: what the signer chose for the body, in the signed header or in the query;
// without either, unsigned.
Status presigned_payload(const Context& c, const Query& query, SignedRequest& out) {
  std::string hash(c.request.headers.get("x-amz-content-sha256"));
  if (hash.empty()) hash = value_of(query, "X-Amz-Content-Sha256");
  if (hash.empty()) hash = "UNSIGNED-PAYLOAD";
  TRY(out.payload, parse_payload_mode(hash));
  out.payload_hash = hash;
  return ok_status();
}

Result<SignedRequest> parse_query_form(const Context& c, const Query& query) {
  static constexpr std::string_view kRequired[] = {"X-Amz-Algorithm", "X-Amz-Credential",
                                                   "X-Amz-Signature", "X-Amz-SignedHeaders",
                                                   "X-Amz-Date",      "X-Amz-Expires"};
  std::span<const std::string_view> required(kRequired, c.s3() ? 6 : 5);
  std::set<std::string_view> seen;
  for (const auto& [name, value] : query) {
    if (!name.starts_with("X-Amz-")) continue;
    if (!seen.insert(name).second)
      return malformed(c, fmt::format("The {} parameter was given more than once.", name));
  }
  for (std::string_view name : required)
    if (value_of(query, name).empty()) return missing_parameters(c, query, required);
  if (value_of(query, "X-Amz-Algorithm") != kAlgorithm)
    return c.s3() ? malformed(c, "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"")
                  : unsupported_mechanism();
  TRY(int64_t expires, parse_expires(c, value_of(query, "X-Amz-Expires")));
  TRY(SignedRequest out,
      judge(c, {value_of(query, "X-Amz-Credential"), value_of(query, "X-Amz-SignedHeaders"),
                value_of(query, "X-Amz-Signature"), value_of(query, "X-Amz-Date")}));
  out.expires_s = expires;
  out.session_token = value_of(query, "X-Amz-Security-Token");
  if (out.session_token.empty()) out.session_token = c.request.headers.get("x-amz-security-token");
  out.s3_session_token = value_of(query, "X-Amz-S3session-Token");
  if (out.s3_session_token.empty())
    out.s3_session_token = c.request.headers.get("x-amz-s3session-token");
  if (c.s3()) TRY_OK(presigned_payload(c, query, out));
  return out;
}

// ---- The texts to sign.

void fill_texts(const Context& c, SignedRequest& out, Sha256Hex sha256_hex) {
  std::string path = c.s3() ? canonical_path_s3(c.request.raw_path())
                            : canonical_path_normalized(c.request.raw_path());
  out.canonical_request = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", c.request.method, path,
                                      canonical_query(c.request.raw_query()),
                                      canonical_headers(c.request.headers, out.signed_headers),
                                      fmt::join(out.signed_headers, ";"), out.payload_hash);
  out.string_to_sign = fmt::format(
      "{}\n{}\n{}/{}/{}/{}\n{}", kAlgorithm, basic_date_time(out.signed_at_ms), out.scope.date,
      out.scope.region, out.scope.service, kTerminator, sha256_hex(out.canonical_request));
}

}  // namespace

std::optional<Scope> parse_credential(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size() && parts.size() <= 5;) {
    size_t end = std::min(text.find('/', at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (parts.size() != 5 || parts[4] != kTerminator || !is_date(parts[1])) return std::nullopt;
  for (const std::string& part : parts)
    if (part.empty() || part.find_first_of(" \t\r\n") != std::string::npos) return std::nullopt;
  return Scope{parts[0], parts[1], parts[2], parts[3]};
}

Result<PayloadMode> parse_payload_mode(std::string_view value) {
  if (value == "UNSIGNED-PAYLOAD") return PayloadMode::kUnsigned;
  if (value == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return PayloadMode::kStreamingUnsignedTrailer;
  if (value == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return PayloadMode::kStreamingSigned;
  if (value == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
    return PayloadMode::kStreamingSignedTrailer;
  if (value == "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" ||
      value == "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER")
    return Error{"NotImplemented",
                 "A header you provided implies functionality that is not implemented"}
        .with("Header", "x-amz-content-sha256");
  if (value.size() == 64 && unhex(value)) return PayloadMode::kSigned;
  return Error{"InvalidArgument",
               "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
               "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
               "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, "
               "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 "
               "value."}
      .with("ArgumentName", "x-amz-content-sha256")
      .with("ArgumentValue", std::string(value));
}

bool carries_signature(const net::Request& request) {
  const Query query = parse_query(request.raw_query());
  return request.headers.find("authorization") || is_presigned(query) || presigned_version2(query);
}

Error two_mechanisms(std::string_view authorization) {
  return Error{"InvalidArgument",
               "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, "
               "Signature query string parameter or "
               "the Authorization header should be specified"}
      .with("ArgumentName", "Authorization")
      .with("ArgumentValue", std::string(authorization));
}

Result<std::optional<SignedRequest>> parse_signature(const net::Request& request,
                                                     SigningFamily family,
                                                     std::string_view body_sha256_hex,
                                                     Sha256Hex sha256_hex,
                                                     std::string_view virtual_bucket) {
  Query query = parse_query(request.raw_query());
  std::vector<std::string_view> headers = request.headers.all("authorization");
  Context c{request, family, headers.empty()};
  const bool version4 = is_presigned(query);
  const bool version2 = c.s3() ? presigned_version2(query)
                               : find(query, "AWSAccessKeyId") && find(query, "Signature");
  if (headers.size() + version4 + version2 > 1)
    return two_mechanisms(headers.empty() ? std::string_view("null") : headers[0]);
  if (headers.empty() && !version4 && !version2) return std::optional<SignedRequest>();
  if (version2 && !c.s3()) return unsupported_mechanism();
  if (version2) {
    TRY(SignedRequest out, parse_version2(request, query, virtual_bucket));
    return std::optional<SignedRequest>(std::move(out));
  }
  TRY(SignedRequest out,
      c.presigned ? parse_query_form(c, query) : parse_header_form(c, headers[0], sha256_hex));
  if (!c.s3())
    out.payload_hash =
        body_sha256_hex;  // never the header's word for it: the body itself is what was signed
  fill_texts(c, out, sha256_hex);
  return std::optional<SignedRequest>(std::move(out));
}

std::string scope_service(const net::Request& request) {
  Raw raw;
  std::string_view authorization = trim(request.headers.get("authorization"));
  if (authorization.starts_with(kAlgorithm))
    read_components(authorization.substr(kAlgorithm.size()), raw);
  if (raw.credential.empty())
    raw.credential = value_of(parse_query(request.raw_query()), "X-Amz-Credential");
  auto scope = parse_credential(raw.credential);
  return scope ? scope->service : std::string();
}

}  // namespace coffer::protocol
