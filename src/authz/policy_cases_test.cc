// Runs tests/policy/*.case. The format is described in tests/policy/README.md.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "authz/engine.h"
#include "authz/statement.h"
#include "base/encoding.h"

namespace coffer::authz {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kHome = "111111111111";

struct Case {
  std::string file, name;
  int line = 0;
  std::multimap<std::string, std::string> fields;

  std::vector<std::string> all(const std::string& key) const {
    std::vector<std::string> out;
    for (auto [it, end] = fields.equal_range(key); it != end; ++it) out.push_back(it->second);
    return out;
  }
  std::string one(const std::string& key, std::string fallback = "") const {
    auto values = all(key);
    return values.empty() ? fallback : values.back();
  }
  bool has(const std::string& key) const { return fields.contains(key); }
};

// split leaves what stands in braces together.
std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> out(1);
  int depth = 0;
  for (char c : text) {
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (c == by && depth == 0) {
      out.emplace_back();
    } else {
      out.back().push_back(c);
    }
  }
  std::erase(out, "");
  return out;
}

std::pair<std::string, std::string> cut(const std::string& text, const std::string& by,
                                        const std::string& fallback = "") {
  const size_t at = text.find(by);
  if (at == std::string::npos) return {text, fallback};
  return {text.substr(0, at), text.substr(at + by.size())};
}

std::string principal_arn(const std::string& text) {
  auto [kind, rest] = cut(text, ":");
  auto [name, account] = cut(rest, "@", std::string(kHome));
  if (kind == "user" || kind == "role")
    return fmt::format("arn:aws:iam::{}:{}/{}", account, kind, name);
  if (kind == "session") return fmt::format("arn:aws:sts::{}:assumed-role/{}", account, name);
  if (kind == "federated") return fmt::format("arn:aws:sts::{}:federated-user/{}", account, name);
  if (kind == "account") return fmt::format("arn:aws:iam::{}:root", rest);
  return text;
}

// list_into puts "a,b" or "not:a,b" into `out` as Name or NotName.
void list_into(ordered_json& out, const std::string& name, std::string text) {
  const bool negated = text.starts_with("not:");
  if (negated) text = text.substr(4);
  out[negated ? "Not" + name : name] = split(text, ',');
}

void principals_into(ordered_json& out, std::string text) {
  const bool negated = text.starts_with("not:");
  if (negated) text = text.substr(4);
  ordered_json map = ordered_json::object();
  for (const std::string& item : split(text, ',')) {
    if (item.starts_with("service:")) {
      map["Service"].push_back(item.substr(8));
    } else {
      map["AWS"].push_back(principal_arn(item));
    }
  }
  out[negated ? "NotPrincipal" : "Principal"] = map;
}

ordered_json statement_of(const std::string& text, bool has_resource) {
  ordered_json out;
  auto [head, condition] = cut(text, " if ");
  std::vector<std::string> words = split(head, ' ');
  out["Effect"] = words[0] == "allow" ? "Allow" : "Deny";
  size_t at = 1;
  if (words[at].starts_with('[')) {
    out["Sid"] = words[at].substr(1, words[at].size() - 2);
    ++at;
  }
  list_into(out, "Action", words[at++]);
  bool resource_given = false;
  for (; at + 1 < words.size(); at += 2) {
    if (words[at] == "to") principals_into(out, words[at + 1]);
    if (words[at] == "on") {
      list_into(out, "Resource", words[at + 1]);
      resource_given = true;
    }
  }
  if (has_resource && !resource_given) out["Resource"] = "*";
  if (!condition.empty()) out["Condition"] = ordered_json::parse(condition);
  return out;
}

std::shared_ptr<const Policy> policy_of(const Case& c, const std::string& key, PolicyKind kind) {
  ordered_json document;
  document["Version"] = c.one("version", "2012-10-17");
  for (const std::string& line : c.all(key))
    document["Statement"].push_back(statement_of(line, kind != PolicyKind::kTrust));
  auto parsed = Policy::parse(document.dump(), kind);
  if (!parsed.ok()) {
    ADD_FAILURE() << c.file << ":" << c.line << ": " << parsed.error().message << " in "
                  << document.dump();
    return nullptr;
  }
  return *parsed;
}

Principal principal_of(const Case& c) {
  auto [text, account] = cut(c.one("principal", "user alice"), "@", std::string(kHome));
  auto [type, name] = cut(text, " ");
  Principal out;
  out.account = account;
  out.name = name;
  if (type == "root") return Principal::root(account);
  if (type == "anonymous") return {};
  if (type == "service") return Principal::service(name);
  if (type == "user") {
    out.type = PrincipalType::kUser;
    out.arn = principal_arn("user:" + name + "@" + account);
    out.principal_id = c.one("id", "AIDA" + name);
  } else if (type == "role") {
    auto [role, session] = cut(name, "/");
    out.type = PrincipalType::kAssumedRole;
    out.arn = principal_arn("session:" + name + "@" + account);
    out.role_arn = principal_arn("role:" + role + "@" + account);
    out.role_id = c.one("id", "AROA" + role);
    out.principal_id = out.role_id + ":" + session;
    out.name = session;
  } else {
    out.type = PrincipalType::kFederatedUser;
    out.arn = principal_arn("federated:" + name + "@" + account);
    out.principal_id = account + ":" + name;
  }
  return out;
}

RequestContext context_of(const Case& c) {
  RequestContext out;
  out.principal = principal_of(c);
  for (const std::string& tag : c.all("tag")) {
    auto [key, value] = cut(tag, "=");
    out.principal.tags[key] = value;
  }
  out.principal.source_identity = c.one("source-identity");
  if (c.has("token-issued")) out.principal.token_issued_ms = parse_iso8601(c.one("token-issued"));
  out.principal.mfa = c.has("mfa");
  out.region = "us-east-1";
  out.source_ip = c.one("ip", "203.0.113.7");
  out.user_agent = c.one("agent", "aws-cli/2");
  out.now_ms = *parse_iso8601(c.one("now", "2026-06-15T12:00:00Z"));
  out.secure_transport = c.one("tls", "yes") == "yes";
  for (const char* key : {"identity", "identity2"})
    if (c.has(key))
      out.policies.identity.push_back({key, policy_of(c, key, PolicyKind::kIdentity)});
  if (c.has("boundary"))
    out.policies.boundary =
        NamedPolicy{"boundary", policy_of(c, "boundary", PolicyKind::kBoundary)};
  if (c.has("session"))
    out.policies.session.push_back({"session", policy_of(c, "session", PolicyKind::kSession)});
  out.policies.has_session_policy = c.has("session") || c.has("session-empty");
  for (const char* key : {"scp", "scp2"})
    if (c.has(key))
      out.policies.service_control.push_back(
          {{key, policy_of(c, key, PolicyKind::kServiceControl)}});
  if (c.has("via")) return out.forward(c.one("via"), c.one("via") + ".amazonaws.com");
  return out;
}

void conditions_of(const Case& c, ConditionValues& out) {
  std::map<std::string, std::vector<std::string>> values;
  for (const std::string& line : c.all("with")) {
    auto [key, value] = cut(line, "=");
    values[key].push_back(value);
  }
  for (const std::string& key : c.all("with-empty")) values[key];
  for (auto& [key, list] : values) out.set(key, list);
  for (const std::string& line : c.all("effective")) {
    auto words = split(line, ' ');
    std::optional<std::string> effective;
    if (words[2] != "-") effective = words[2];
    out.set_effective(words[0], effective, words[1] == "sent");
  }
}

std::map<std::string, std::string> pairs_of(const std::string& text) {
  std::map<std::string, std::string> out;
  for (const std::string& item : split(text, ',')) out.insert(cut(item, "="));
  return out;
}

std::shared_ptr<const Grant> grant_of(const std::string& text, size_t index) {
  auto words = split(text, ' ');
  auto out = std::make_shared<Grant>();
  out->grant_id = "g" + std::to_string(index);
  out->grantee_principal = principal_arn(words[0]);
  out->operations = split(words[1], ',');
  if (words.size() > 3) {
    out->constraint = words[2] == "subset" ? Grant::Constraint::kContextSubset
                                           : Grant::Constraint::kContextEquals;
    out->context = pairs_of(words[3]);
  }
  return out;
}

ResourceRule rule_of(const Case& c) {
  static const std::map<std::string, ResourceRule> kRules{
      {"identity", ResourceRule::kIdentityOnly},
      {"bucket", ResourceRule::kBucketPolicy},
      {"key", ResourceRule::kKeyPolicy},
      {"trust", ResourceRule::kTrustPolicy},
      {"authenticated", ResourceRule::kAuthenticated},
      {"operator", ResourceRule::kOperator}};
  for (const char* key : {"bucket", "key", "trust"})
    if (c.has(key) && !c.has("rule")) return kRules.at(key);
  return kRules.at(c.one("rule", "identity"));
}

Demand demand_of(const Case& c) {
  Demand out;
  auto words = split(c.one("request"), ' ');
  out.action = words.at(0);
  out.resource = words.at(1);
  out.also_resources.assign(words.begin() + 2, words.end());
  out.resource_account = c.one("owner", std::string(kHome));
  out.rule = rule_of(c);
  if (c.has("bucket")) out.resource_policy = policy_of(c, "bucket", PolicyKind::kBucket);
  if (c.has("key")) out.resource_policy = policy_of(c, "key", PolicyKind::kKey);
  if (c.has("trust")) out.resource_policy = policy_of(c, "trust", PolicyKind::kTrust);
  std::map<std::string, std::string> bindings;
  for (const std::string& line : c.all("bind")) {
    auto words2 = split(line, ' ');
    bindings[principal_arn(words2[0])] = words2[1];
  }
  if (!bindings.empty()) out.resource_policy = out.resource_policy->with_bindings(bindings);
  size_t index = 0;
  for (const std::string& line : c.all("grant")) out.grants.push_back(grant_of(line, index++));
  for (const std::string& line : c.all("context")) out.encryption_context.insert(cut(line, "="));
  conditions_of(c, out.conditions);
  for (const std::string& flag : c.all("flag")) {
    out.cross_account_refused = out.cross_account_refused || flag == "cross-account-refused";
    out.owner_root_always = out.owner_root_always || flag == "owner-root-always";
  }
  return out;
}

std::string describe(const Decision& decision) {
  static constexpr std::array<const char*, 8> kSides{"none",    "identity", "resource", "boundary",
                                                     "session", "scp",      "trust",    "grant"};
  std::string out = decision.allowed         ? "allow "
                    : decision.explicit_deny ? "deny explicit "
                                             : "deny implicit ";
  if (!decision.allowed && decision.side == PolicySide::kNone) out = "deny ";
  out += kSides[static_cast<size_t>(decision.side)];
  if (!decision.statement_id.empty()) out += " " + decision.statement_id;
  if (decision.side == PolicySide::kGrant) out += " " + cut(decision.policy_name, " ").second;
  return out;
}

std::vector<Case> read_cases(const std::filesystem::path& path) {
  std::vector<Case> out;
  Case defaults{path.filename().string(), "", 0, {}};
  std::ifstream in(path);
  std::set<std::string> own;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty() || line[0] == '#') continue;
    auto [key, rest] = cut(line, ":");
    const std::string value(trim(rest));
    if (key == "case") {
      out.push_back(defaults);
      out.back().name = value;
      out.back().line = number;
      own.clear();
      continue;
    }
    Case& into = out.empty() ? defaults : out.back();
    if (!out.empty() && own.insert(key).second) into.fields.erase(key);
    into.fields.emplace(key, value);
  }
  return out;
}

TEST(PolicyCases, AllFiles) {
  size_t cases = 0;
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(COFFER_SOURCE_DIR "/tests/policy")) {
    if (entry.path().extension() != ".case") continue;
    for (const Case& c : read_cases(entry.path())) {
      ++cases;
      EXPECT_TRUE(names.insert(c.file + c.name).second) << "two cases named " << c.name;
      const Decision decision = decide(context_of(c), demand_of(c));
      EXPECT_EQ(describe(decision), c.one("expect")) << c.file << ":" << c.line << ": " << c.name;
    }
  }
  EXPECT_GE(cases, 150u);
}

}  // namespace
}  // namespace coffer::authz
