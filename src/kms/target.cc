#include "kms/target.h"

#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"

namespace coffer::kms {

namespace {

// Source: KMS Developer Guide, "Allowing users in other accounts to use a KMS key": everything else
// never works across accounts.
constexpr std::string_view kAcrossAccounts[] = {"Encrypt",
                                                "Decrypt",
                                                "ReEncryptFrom",
                                                "ReEncryptTo",
                                                "GenerateDataKey",
                                                "GenerateDataKeyWithoutPlaintext",
                                                "GenerateDataKeyPair",
                                                "GenerateDataKeyPairWithoutPlaintext",
                                                "Sign",
                                                "Verify",
                                                "GenerateMac",
                                                "VerifyMac",
                                                "DeriveSharedSecret",
                                                "DescribeKey",
                                                "GetPublicKey",
                                                "GetKeyRotationStatus",
                                                "CreateGrant",
                                                "ListGrants",
                                                "RetireGrant",
                                                "RevokeGrant"};

bool works_across_accounts(std::string_view operation) {
  return std::find(std::begin(kAcrossAccounts), std::end(kAcrossAccounts), operation) !=
         std::end(kAcrossAccounts);
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Error invalid_key_id(std::string_view id) {
  return {"NotFoundException", fmt::format("Invalid keyId '{}'", id)};
}

Result<Identifier> parse_arn(std::string_view text, std::string_view region, Names names) {
  auto arn = Arn::parse(text);
  if (!arn || arn->partition != "aws" || arn->service != "kms" || !is_account_id(arn->account))
    return Error{"InvalidArnException", fmt::format("Invalid arn {}", text)};
  if (arn->region != region)
    return Error{"NotFoundException", fmt::format("Invalid arn {}", arn->region)};
  Identifier out{.account = arn->account, .region = arn->region};
  if (arn->resource.starts_with("alias/")) {
    if (names == Names::kKeysOnly)
      return Error{"NotFoundException", fmt::format("Invalid keyId {}", text)};
    out.alias = arn->resource;
    return out;
  }
  if (!arn->resource.starts_with("key/"))
    return Error{"InvalidArnException", fmt::format("Invalid arn {}", text)};
  out.key_id = arn->resource.substr(4);
  if (!is_key_id(out.key_id)) return invalid_key_id(out.key_id);
  return out;
}

void set_key_conditions(authz::ConditionValues& conditions, const Target& target) {
  const Key& key = *target.key;
  conditions.set("kms:KeySpec", key.spec);
  conditions.set("kms:KeyUsage", key.usage);
  conditions.set("kms:KeyOrigin", key.origin);
  conditions.set("kms:MultiRegion", std::string(key.multi_region ? "true" : "false"));
  if (key.multi_region) {
    conditions.set("kms:MultiRegionKeyType", std::string("PRIMARY"));
    conditions.set("kms:PrimaryRegion", key.region);
  }
  if (!target.request_alias.empty()) conditions.set("kms:RequestAlias", target.request_alias);
  if (target.aliases) conditions.set("kms:ResourceAliases", *target.aliases);
  for (const auto& [name, value] : key.tags) conditions.set("aws:ResourceTag/" + name, value);
}

void set_context_conditions(authz::ConditionValues& conditions, const EncryptionContext& context) {
  conditions.set("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
  if (context.empty()) return;
  // Condition keys ignore case and names of a context do not: a key shows the values of all of
  // them.
  std::map<std::string, std::vector<std::string>> values;
  std::vector<std::string> names;
  for (const auto& [name, value] : context) {
    values[lower(name)].push_back(value);
    names.push_back(name);
  }
  for (auto& [name, of_name] : values)
    conditions.set("kms:EncryptionContext:" + name, std::move(of_name));
  conditions.set("kms:EncryptionContextKeys", std::move(names));
}

}  // namespace

bool is_key_id(std::string_view text) {
  if (text.starts_with("mrk-")) return text.size() == 36 && is_lower_hex(text.substr(4));
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_lower_hex(text.substr(i, 1))) return false;
  }
  return true;
}

Result<Identifier> parse_identifier(std::string_view text, std::string_view account,
                                    std::string_view region, Names names) {
  if (text.starts_with("arn:")) return parse_arn(text, region, names);
  Identifier out{.account = std::string(account), .region = std::string(region)};
  if (text.starts_with("alias/")) {
    if (names == Names::kKeysOnly)
      return Error{"NotFoundException", fmt::format("Invalid keyId {}", text)};
    out.alias = text;
    return out;
  }
  if (!is_key_id(text)) return invalid_key_id(text);
  out.key_id = text;
  return out;
}

authz::Demand demand_when_asked(const Target& target, std::string_view caller_account,
                                std::string_view operation, const EncryptionContext* context) {
  authz::Demand out;
  out.action.append("kms:").append(operation);
  out.resource = target.arn;
  out.resource_account = target.account;
  out.more_conditions = [&target, context](authz::ConditionValues& conditions) {
    if (context != nullptr) set_context_conditions(conditions, *context);
    if (target.key) set_key_conditions(conditions, target);
  };
  if (!target.key && target.account == caller_account) return out;  // kIdentityOnly

  out.rule = authz::ResourceRule::kKeyPolicy;
  out.cross_account_refused = target.account != caller_account && !works_across_accounts(operation);
  if (target.key) {
    out.resource_policy = target.key->policy.compiled;
    out.grants = target.key->grants;
    if (context != nullptr && !out.grants.empty()) out.encryption_context = *context;
  }
  return out;
}

authz::Demand demand_of(const Target& target, std::string_view caller_account,
                        std::string_view operation, const EncryptionContext* context) {
  authz::Demand out = demand_when_asked(target, caller_account, operation, context);
  std::exchange(out.more_conditions, nullptr)(out.conditions);
  return out;
}

void set_tag_conditions(authz::Demand& demand, const std::map<std::string, std::string>& tags) {
  if (tags.empty()) return;
  std::vector<std::string> names;
  for (const auto& [name, value] : tags) {
    demand.conditions.set("aws:RequestTag/" + name, value);
    names.push_back(name);
  }
  demand.conditions.set("aws:TagKeys", std::move(names));
}

}  // namespace coffer::kms
