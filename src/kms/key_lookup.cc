// From an identifier to a key, and the decision on its use. Memory alone.
#include "base/arn.h"
#include "kms/envelope.h"
#include "kms/key_service.h"
#include "kms/policies.h"
#include "kms/records.h"

namespace coffer::kms {

namespace {
constexpr std::string_view kS3KeyDescription =
    "Default key that protects my S3 objects when no other key is defined";
}

bool KeyService::serves(std::string_view region) const {
  return region == deps_.region || std::find(deps_.more_regions.begin(), deps_.more_regions.end(),
                                             region) != deps_.more_regions.end();
}

// prospect is the aws/s3 key as it will be: what a decision about its first use needs. It is made
// only then.
KeyPtr KeyService::prospect(std::string_view account, std::string_view region) const {
  const std::string scope = scope_of(account, region);
  {
    std::lock_guard lock(mutex_);
    auto i = prospects_.find(scope);
    if (i != prospects_.end()) return i->second;
  }
  auto key = std::make_shared<Key>();
  key->account = account;
  key->region = region;
  key->id = managed_key_id(account, region);
  key->manager = KeyManager::kAws;
  key->description = kS3KeyDescription;
  auto policy = authz::Policy::parse(managed_policy(account, region), authz::PolicyKind::kKey);
  CHECK(policy.ok());
  key->policy.compiled = std::move(*policy);
  std::lock_guard lock(mutex_);
  return prospects_.emplace(scope, std::move(key)).first->second;
}

Target KeyService::target_of(const Identifier& identifier, std::string_view caller_account) const {
  const bool own = identifier.account == caller_account;
  const std::string scope = scope_of(identifier.account, identifier.region);
  Target out{.account = identifier.account, .request_alias = identifier.alias};
  std::string id = identifier.key_id;
  if (!identifier.alias.empty()) {
    if (auto alias = aliases_.find(scope, identifier.alias))
      id = alias->value.target;
    else if (identifier.alias == kS3AliasName && own)
      id = managed_key_id(identifier.account, identifier.region);
  }
  if (id.empty()) {
    out.arn = alias_arn(identifier.region, identifier.account, identifier.alias);
    out.missing = Error{"NotFoundException", fmt::format("Alias {} is not found.", out.arn)};
    return out;
  }
  out.arn = key_arn(identifier.region, identifier.account, id);
  if (auto entry = keys_.find(scope, id)) {
    out.key = KeyPtr(entry, &entry->value);
    out.aliases = alias_names(*out.key);
    return out;
  }
  if (own && id == managed_key_id(identifier.account, identifier.region)) {
    out.key = prospect(identifier.account, identifier.region);
    static const auto kNames =
        std::make_shared<const std::vector<std::string>>(1, std::string(kS3AliasName));
    out.aliases = kNames;
    return out;
  }
  out.missing = Error{"NotFoundException", fmt::format("Key '{}' does not exist", out.arn)};
  return out;
}

Result<Target> KeyService::find(const authz::RequestContext& caller, std::string_view identifier,
                                Names names) const {
  const std::string& account = caller.principal.account;
  TRY(auto parsed, parse_identifier(identifier, account, caller.region, names));
  return target_of(parsed, account);
}

Result<Target> KeyService::find_by_ciphertext(const authz::RequestContext& caller,
                                              ByteView blob) const {
  auto header = parse_blob(blob);
  if (!header) return invalid_ciphertext();
  const std::string& account = caller.principal.account;
  Target out = target_of(
      {.account = header->account, .region = caller.region, .key_id = header->key_id}, account);
  out.through_ciphertext = true;
  // A key that is gone, or never sealed a blob, opens nothing; what it is or was is nobody's to
  // learn from one.
  if (!out.key || !out.key->made() || !out.key->symmetric()) {
    out.key = nullptr;
    out.missing = invalid_ciphertext();
  }
  return out;
}

std::vector<KeyPtr> KeyService::list_keys(std::string_view account, std::string_view region,
                                          std::string_view after, size_t max) const {
  std::vector<KeyPtr> out;
  for (auto& [id, entry] : keys_.list(scope_of(account, region), after, max))
    out.emplace_back(entry, &entry->value);
  return out;
}

std::string KeyService::effective_arn(const authz::RequestContext& caller,
                                      std::string_view identifier) const {
  const std::string& account = caller.principal.account;
  if (identifier.empty()) identifier = kS3AliasName;
  const bool names_a_key =
      identifier.starts_with("arn:") && identifier.find(":alias/") == identifier.npos;
  if (names_a_key) return std::string(identifier);  // there or not, it means itself
  auto parsed = parse_identifier(identifier, account, caller.region, Names::kKeysAndAliases);
  if (!parsed.ok() || parsed->account != account) return std::string(identifier);
  const Target target = target_of(*parsed, account);
  return target.key ? target.arn : std::string(identifier);
}

// Every use of a cached key comes through here: nothing but the scope's name is put together.
KeyPtr KeyService::key_of_arn(std::string_view key_arn) const {
  constexpr std::string_view kHead = "arn:aws:kms:", kKey = "key/";
  if (!key_arn.starts_with(kHead)) return nullptr;
  key_arn.remove_prefix(kHead.size());
  const size_t region_end = key_arn.find(':'), account_end = key_arn.find(':', region_end + 1);
  if (region_end == key_arn.npos || account_end == key_arn.npos) return nullptr;
  const std::string_view resource = key_arn.substr(account_end + 1);
  if (!resource.starts_with(kKey)) return nullptr;
  const std::string scope = scope_of(key_arn.substr(region_end + 1, account_end - region_end - 1),
                                     key_arn.substr(0, region_end));
  auto entry = keys_.find(scope, resource.substr(kKey.size()));
  if (!entry) return nullptr;
  return {entry, &entry->value};
}

uint64_t KeyService::generation(std::string_view key_arn) const {
  const KeyPtr key = key_of_arn(key_arn);
  return key ? key->cache_generation : 0;
}

Status KeyService::judge(const authz::RequestContext& via, const Target& target,
                         std::string_view operation, const EncryptionContext& context,
                         std::vector<authz::Decision>& decisions) const {
  const authz::Demand demand =
      demand_when_asked(target, via.principal.account, operation, &context);
  authz::Decision decision = authz::decide(via, demand);
  const bool allowed = decision.allowed;
  decisions.push_back(std::move(decision));
  if (allowed) return ok_status();
  return authz::denied(authz::DenialStyle::kKms, via, demand, decisions.back(),
                       target.through_ciphertext);
}

}  // namespace coffer::kms
