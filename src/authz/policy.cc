#include "authz/policy.h"

#include <algorithm>
#include <set>

#include "authz/condition.h"
#include "authz/malformed.h"
#include "authz/policy_json.h"
#include "authz/principal_match.h"
#include "authz/statement_parser.h"

namespace coffer::authz {

namespace {

constexpr size_t kTextBytesMax = 128 * 1024;
constexpr std::string_view kVersion2008 = "2008-10-17", kVersion2012 = "2012-10-17";

using Kind = PrincipalPattern::Kind;

// read_version tells whether the document has policy variables; nullopt: a version that the kind
// refuses.
std::optional<bool> read_version(const Json& document, PolicyKind kind) {
  const bool only_2012 = kind == PolicyKind::kIdentity || kind == PolicyKind::kBoundary ||
                         kind == PolicyKind::kServiceControl;
  const Json* version = document.member("Version");
  if (version == nullptr)
    return only_2012 || kind == PolicyKind::kKey ? std::nullopt : std::optional<bool>(false);
  if (!version->is_string()) return std::nullopt;
  if (version->text == kVersion2012) return true;
  if (version->text == kVersion2008 && !only_2012) return false;
  return std::nullopt;
}

Status check_document(const Json& document, PolicyKind kind) {
  for (const auto& [name, value] : document.members)
    if (name != "Version" && name != "Id" && name != "Statement")
      return malformed(kind, PolicyFault::kSyntax);
  const Json* id = document.member("Id");
  if (id != nullptr && !id->is_string()) return malformed(kind, PolicyFault::kSyntax);
  return ok_status();
}

bool is_bindable(const PrincipalPattern& pattern) {
  return pattern.kind == Kind::kUser || pattern.kind == Kind::kRole;
}

// exists answers the principal's unique ID where it has one, "" where it exists without, nullopt
// where there is none.
std::optional<std::string> exists(const PrincipalPattern& pattern,
                                  const PrincipalDirectory& directory) {
  switch (pattern.kind) {
    case Kind::kUser:
    case Kind::kRole:
      return directory.id_of(pattern.text);
    case Kind::kAccount:
    case Kind::kSession:
    case Kind::kFederatedUser:
      return directory.account_exists(pattern.account) ? std::optional<std::string>("")
                                                       : std::nullopt;
    case Kind::kUniqueId:
      return directory.arn_of(pattern.unique_id) ? std::optional<std::string>("") : std::nullopt;
    default:
      return "";
  }
}

}  // namespace

Policy::~Policy() = default;

Result<std::shared_ptr<const Policy>> Policy::parse(std::string_view text, PolicyKind kind,
                                                    std::string_view own_arn) {
  if (text.size() > kTextBytesMax || !text.starts_with('{'))
    return malformed(kind, PolicyFault::kNotJson);
  auto document = parse_json(text);
  if (!document || !document->is_object()) return malformed(kind, PolicyFault::kNotJson);
  TRY_OK(check_document(*document, kind));
  auto variables = read_version(*document, kind);
  if (!variables) return malformed(kind, PolicyFault::kVersion);
  const Json* statements = document->member("Statement");
  if (statements == nullptr || (statements->is_array() && statements->items.empty()))
    return malformed(kind, PolicyFault::kNoStatement);

  std::shared_ptr<Policy> out(new Policy());
  out->kind_ = kind;
  out->text_ = std::string(text);
  StatementParser parser(kind, *variables, own_arn);
  if (!statements->is_array()) {
    TRY(auto statement, parser.parse(*statements, 0));
    out->statements_.push_back(std::move(statement));
  }
  for (const Json& item : statements->items) {
    if (!statements->is_array()) break;
    TRY(auto statement, parser.parse(item, out->statements_.size()));
    out->statements_.push_back(std::move(statement));
  }
  return std::shared_ptr<const Policy>(std::move(out));
}

std::vector<std::string> Policy::principals() const {
  std::set<std::string> out;
  for (const Statement& statement : statements_)
    for (const PrincipalPattern& pattern : statement.principals)
      if (is_bindable(pattern)) out.insert(pattern.text);
  return {out.begin(), out.end()};
}

std::shared_ptr<const Policy> Policy::with_bindings(
    std::map<std::string, std::string> bindings) const {
  std::shared_ptr<Policy> out(new Policy(*this));
  out->bindings_ = std::move(bindings);
  for (Statement& statement : out->statements_) {
    for (PrincipalPattern& pattern : statement.principals) {
      if (!is_bindable(pattern)) continue;
      auto it = out->bindings_.find(pattern.text);
      pattern.unique_id = it == out->bindings_.end() ? std::string() : it->second;
    }
  }
  return out;
}

std::string Policy::shown(const PrincipalDirectory& directory) const {
  std::string out = text_;
  for (const auto& [arn, id] : bindings_) {
    const std::string now = directory.arn_of(id).value_or(id);
    if (now == arn) continue;
    const std::string before = "\"" + arn + "\"", after = "\"" + now + "\"";
    for (size_t at = out.find(before); at != std::string::npos;
         at = out.find(before, at + after.size()))
      out.replace(at, before.size(), after);
  }
  return out;
}

bool Policy::grants_public() const {
  const auto for_everybody = [](const Statement& statement) {
    const auto anyone = [](const PrincipalPattern& pattern) {
      return pattern.kind == Kind::kAnyone;
    };
    return statement.allow &&
           std::any_of(statement.principals.begin(), statement.principals.end(), anyone) &&
           std::none_of(statement.conditions.begin(), statement.conditions.end(), narrows_public);
  };
  return std::any_of(statements_.begin(), statements_.end(), for_everybody);
}

Result<std::map<std::string, std::string>> bind_principals(const Policy& policy,
                                                           const PrincipalDirectory& directory) {
  std::map<std::string, std::string> out;
  for (const Statement& statement : policy.statements()) {
    for (const PrincipalPattern& pattern : statement.principals) {
      auto id = exists(pattern, directory);
      if (!id)
        return malformed(policy.kind(), PolicyFault::kPrincipal,
                         "\"AWS\":\"" + pattern.text + "\"");
      if (is_bindable(pattern)) out[pattern.text] = *id;
    }
  }
  return out;
}

}  // namespace coffer::authz
