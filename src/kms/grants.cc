#include "kms/grants.h"

#include <algorithm>

#include "base/arn.h"
#include "base/encoding.h"
#include "kms/key_spec.h"

namespace coffer::kms {

namespace {

using Constraint = authz::Grant::Constraint;

constexpr std::string_view kTokenHead = "coffer grant 1\n";

// What each kind of key can do. Source: KMS API Reference, CreateGrant, Operations; KMS Developer
// Guide, "Grants".
constexpr std::string_view kOfAnyKey = "CreateGrant|RetireGrant|DescribeKey";
struct UsageOperations {
  std::string_view usage, operations;
};
constexpr std::string_view kOfSymmetricKeys =
    "Decrypt|Encrypt|GenerateDataKey|GenerateDataKeyWithoutPlaintext|ReEncryptFrom|ReEncryptTo|"
    "GenerateDataKeyPair|GenerateDataKeyPairWithoutPlaintext";
constexpr UsageOperations kOfOtherKeys[] = {
    {kEncryptDecrypt, "Decrypt|Encrypt|ReEncryptFrom|ReEncryptTo|GetPublicKey"},
    {kSignVerify, "Sign|Verify|GetPublicKey"},
    {kGenerateVerifyMac, "GenerateMac|VerifyMac"},
    {kKeyAgreement, "DeriveSharedSecret|GetPublicKey"}};

bool grantable(const Key& key, std::string_view operation) {
  if (lists(kOfAnyKey, operation)) return true;
  if (key.symmetric()) return lists(kOfSymmetricKeys, operation);
  return std::any_of(std::begin(kOfOtherKeys), std::end(kOfOtherKeys), [&](const auto& of) {
    return of.usage == key.usage && lists(of.operations, operation);
  });
}

bool includes(const std::map<std::string, std::string>& all,
              const std::map<std::string, std::string>& some) {
  return std::all_of(some.begin(), some.end(), [&](const auto& pair) {
    auto i = all.find(pair.first);
    return i != all.end() && i->second == pair.second;
  });
}

}  // namespace

GrantPtr grant_of(const Key& key, std::string_view grant_id) {
  auto i = std::lower_bound(key.grants.begin(), key.grants.end(), grant_id,
                            [](const auto& g, std::string_view id) { return g->grant_id < id; });
  return i != key.grants.end() && (*i)->grant_id == grant_id ? record_of(*i) : nullptr;
}

Result<std::string> bind_principal(const std::string& named,
                                   const authz::PrincipalDirectory& principals) {
  const Error invalid{"InvalidArnException",
                      fmt::format("ARN does not refer to a valid principal: {}", named)};
  if (!named.starts_with("arn:")) {
    if (named.ends_with(".amazonaws.com")) return named;
    return invalid;
  }
  auto arn = Arn::parse(named);
  if (!arn || arn->partition != "aws" || !arn->region.empty()) return invalid;
  if (arn->service == "iam" && arn->resource == "root")
    return principals.account_exists(arn->account) ? Result<std::string>(named) : invalid;
  if (arn->service == "sts") {
    const bool known =
        arn->resource.starts_with("assumed-role/") || arn->resource.starts_with("federated-user/");
    return known && principals.account_exists(arn->account) ? Result<std::string>(named) : invalid;
  }
  if (auto id = principals.id_of(named)) return *id;
  return invalid;
}

Status check_grant(const Key& key, const GrantRecord& wanted) {
  if (wanted.operations.empty())
    return Error{"ValidationException", "A grant must name at least one operation."};
  for (const std::string& operation : wanted.operations)
    if (!grantable(key, operation))
      return Error{"ValidationException",
                   fmt::format("Operation {} is not valid in a grant for key spec {}.", operation,
                               key.spec)};
  // (unverified words)
  if (wanted.constraint != Constraint::kNone && !key.symmetric())
    return Error{"ValidationException",
                 "Encryption context constraints are only valid in a grant for a symmetric "
                 "encryption key."};
  if (wanted.context.size() > kConstraintPairsMax)
    return Error{"ValidationException", "A grant constraint can have at most 8 pairs."};
  for (const auto& [name, value] : wanted.context)
    if (value.size() > kConstraintValueMax)
      return Error{"ValidationException",
                   "A value of a grant constraint can have at most 384 characters."};
  return ok_status();
}

bool covers(const authz::Grant& parent, const authz::Grant& child) {
  for (const std::string& operation : child.operations)
    if (std::find(parent.operations.begin(), parent.operations.end(), operation) ==
        parent.operations.end())
      return false;
  switch (parent.constraint) {
    case Constraint::kNone:
      return true;
    case Constraint::kContextSubset:
      return child.constraint != Constraint::kNone && includes(child.context, parent.context);
    case Constraint::kContextEquals:
      return child.constraint == Constraint::kContextEquals && child.context == parent.context;
  }
  return false;
}

std::string grant_token(const Key& key, std::string_view grant_id, Random& random) {
  return base64url(fmt::format("{}{}\n{}\n{}", kTokenHead, key.arn(), grant_id, random.uuid()));
}

std::optional<GrantName> parse_grant_token(std::string_view token) {
  auto text = unbase64url(token);
  if (!text || !text->starts_with(kTokenHead)) return std::nullopt;
  const std::string_view rest = std::string_view(*text).substr(kTokenHead.size());
  const size_t a = rest.find('\n'), b = a == rest.npos ? a : rest.find('\n', a + 1);
  if (b == rest.npos) return std::nullopt;
  return GrantName{std::string(rest.substr(0, a)), std::string(rest.substr(a + 1, b - a - 1))};
}

}  // namespace coffer::kms
