#pragma once
// The plaintext of IAM's rows, as docs/formats/iam_records.md describes them; Impl seals and opens
// it. Decoders answer nullopt for what is not exactly a row of theirs.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "iam/types.h"

namespace coffer::iam {

// AccountRecord is the head of an account: every change of the account moves it on, so it guards
// all the account's rows.
struct AccountRecord {
  uint64_t change = 1;       // grows by one with each change
  Id128 change_id = {};      // drawn for each change: no two changes write the same bytes
  std::string canonical_id;  // 64 hex digits
  std::string organization_id;
  UnixMs created_ms = 0;
  std::vector<std::string> root_keys;  // access key IDs
};

// MemberRecord is what an account is in the organization. The first account has none.
struct MemberRecord {
  std::string name, email;
  UnixMs closed_ms = 0;  // 0: active
  std::vector<Tag> tags;
};

// CreationRecord is a request to make an account, kept by the first account. Whether it succeeded
// is whether `account` exists.
struct CreationRecord {
  std::string id;  // "car-" and 32 lower hex digits
  std::string name, email, account;
  UnixMs requested_ms = 0;
  std::string failure;  // AWS's reason; empty: none is known
};

// ControlRecord is a service control policy, kept by the first account. `targets`: the root
// ("root") and the accounts that it is attached to; of FullAWSAccess, those it was detached from.
struct ControlRecord {
  std::string id, name, description;
  std::vector<std::string> targets;
  std::string document;
};

// UserRecord is a user without what is kept elsewhere: its inline policies' documents have rows of
// their own.
struct UserRecord {
  std::string name, id, path;
  UnixMs created_ms = 0;
  std::optional<std::string> boundary;
  std::vector<Tag> tags;
  std::vector<std::string> access_key_ids, attached, inline_names;
};

// GroupRecord is a group without its inline policies' documents.
struct GroupRecord {
  std::string name, id, path;
  UnixMs created_ms = 0;
  std::vector<std::string> attached, inline_names, user_ids;
};

// RoleRecord is a role without the documents: trust policy and inline policies have rows of their
// own.
struct RoleRecord {
  std::string name, id, path, description;
  UnixMs created_ms = 0;
  uint64_t max_session_s = 3600;
  std::optional<std::string> boundary;
  std::vector<Tag> tags;
  std::vector<std::string> attached, inline_names;
  std::map<std::string, std::string> bindings;  // of the trust policy: ARN -> unique ID
};

struct KeyRecord {
  std::string user_id;  // of the owner; empty: the account's root
  bool active = true;
  UnixMs created_ms = 0;
  Bytes wrapped_secret;  // under Series::kIam, bound by key_aad
};

struct PolicyRecord {
  struct Version {
    uint64_t number = 1;
    UnixMs created_ms = 0;
  };
  std::string name, id, path, description;
  UnixMs created_ms = 0, updated_ms = 0;
  uint64_t default_version = 1, next_version = 2;
  std::vector<Version> versions;  // in the order they were made
  std::vector<Tag> tags;
};

struct LastUsedRecord {
  UnixMs used_ms = 0;
  std::string service, region;
};

Bytes encode(const AccountRecord& r);
Bytes encode(const MemberRecord& r);
Bytes encode(const CreationRecord& r);
Bytes encode(const ControlRecord& r);
Bytes encode(const UserRecord& r);
Bytes encode(const GroupRecord& r);
Bytes encode(const RoleRecord& r);
Bytes encode(const KeyRecord& r);
Bytes encode(const PolicyRecord& r);
Bytes encode(const LastUsedRecord& r);
Bytes encode_document(std::string_view text);
std::optional<AccountRecord> decode_account(ByteView raw);
std::optional<MemberRecord> decode_member(ByteView raw);
std::optional<CreationRecord> decode_creation(ByteView raw);
std::optional<ControlRecord> decode_control(ByteView raw);
std::optional<UserRecord> decode_user(ByteView raw);
std::optional<GroupRecord> decode_group(ByteView raw);
std::optional<RoleRecord> decode_role(ByteView raw);
std::optional<KeyRecord> decode_key(ByteView raw);
std::optional<PolicyRecord> decode_policy(ByteView raw);
std::optional<LastUsedRecord> decode_last_used(ByteView raw);
std::optional<std::string> decode_document(ByteView raw);

// Row keys within partition "account/<account>". Names are lowered here.
inline constexpr std::string_view kAccountRow = "iam/account";
inline constexpr std::string_view kMemberRow = "iam/member";
std::string creation_row(std::string_view id);
std::string control_row(std::string_view id);
std::string user_row(std::string_view user);
std::string user_policy_row(std::string_view user, std::string_view policy);
std::string group_row(std::string_view group);
std::string group_policy_row(std::string_view group, std::string_view policy);
std::string role_row(std::string_view role);
std::string role_policy_row(std::string_view role, std::string_view policy);
std::string trust_row(std::string_view role);
std::string key_row(std::string_view access_key_id);
std::string last_used_row(std::string_view access_key_id);
std::string policy_row(std::string_view policy);
std::string policy_version_row(std::string_view policy, uint64_t number);
// row_aad binds a sealed row to its account and its place.
Bytes row_aad(std::string_view account, std::string_view row);
// key_aad binds a wrapped secret to its account, its key and its owner.
Bytes key_aad(std::string_view account, std::string_view access_key_id, std::string_view user_id);

}  // namespace coffer::iam
