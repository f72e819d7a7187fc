#include "iam/records.h"

#include "base/encoding.h"
#include "base/wire.h"

namespace coffer::iam {
namespace {

// Every row begins with 'I', its kind and its version.
constexpr uint8_t kVersion = 1;

Writer begin(char kind) {
  Writer w;
  w.u8('I').u8(static_cast<uint8_t>(kind)).u8(kVersion);
  return w;
}

bool begins(Reader& r, char kind) {
  bool magic = r.u8() == 'I' && r.u8() == static_cast<uint8_t>(kind);
  return magic && r.u8() == kVersion;
}

void put(Writer& w, const std::vector<std::string>& list) {
  w.varint(list.size());
  for (const std::string& s : list) w.bytes(s);
}

void put(Writer& w, const std::vector<Tag>& tags) {
  w.varint(tags.size());
  for (const Tag& t : tags) w.bytes(t.key).bytes(t.value);
}

std::vector<std::string> strings(Reader& r) {
  std::vector<std::string> out(r.count());
  for (std::string& s : out) s = r.str();
  return out;
}

std::vector<Tag> tags(Reader& r) {
  std::vector<Tag> out(r.count(2));
  for (Tag& t : out) {
    t.key = r.str();
    t.value = r.str();
  }
  return out;
}

UnixMs time(Reader& r) { return static_cast<UnixMs>(r.u64()); }

template <class T>
std::optional<T> whole(const Reader& r, T value) {
  if (!r.done()) return std::nullopt;
  return value;
}

}  // namespace

Bytes encode(const AccountRecord& r) {
  Writer w = begin('A');
  w.u64(r.change)
      .raw(r.change_id.view())
      .bytes(r.canonical_id)
      .bytes(r.organization_id)
      .u64(static_cast<uint64_t>(r.created_ms));
  put(w, r.root_keys);
  return w.take();
}

std::optional<AccountRecord> decode_account(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'A')) return std::nullopt;
  AccountRecord r;
  r.change = in.u64();
  r.change_id = in.fixed<Id128>();
  r.canonical_id = in.str();
  r.organization_id = in.str();
  r.created_ms = time(in);
  r.root_keys = strings(in);
  return whole(in, std::move(r));
}

Bytes encode(const MemberRecord& r) {
  Writer w = begin('M');
  w.bytes(r.name).bytes(r.email).u64(static_cast<uint64_t>(r.closed_ms));
  put(w, r.tags);
  return w.take();
}

std::optional<MemberRecord> decode_member(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'M')) return std::nullopt;
  MemberRecord r;
  r.name = in.str();
  r.email = in.str();
  r.closed_ms = time(in);
  r.tags = tags(in);
  return whole(in, std::move(r));
}

Bytes encode(const CreationRecord& r) {
  Writer w = begin('C');
  w.bytes(r.id).bytes(r.name).bytes(r.email).bytes(r.account);
  w.u64(static_cast<uint64_t>(r.requested_ms)).bytes(r.failure);
  return w.take();
}

std::optional<CreationRecord> decode_creation(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'C')) return std::nullopt;
  CreationRecord r;
  r.id = in.str();
  r.name = in.str();
  r.email = in.str();
  r.account = in.str();
  r.requested_ms = time(in);
  r.failure = in.str();
  return whole(in, std::move(r));
}

Bytes encode(const ControlRecord& r) {
  Writer w = begin('S');
  w.bytes(r.id).bytes(r.name).bytes(r.description);
  put(w, r.targets);
  w.bytes(r.document);
  return w.take();
}

std::optional<ControlRecord> decode_control(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'S')) return std::nullopt;
  ControlRecord r;
  r.id = in.str();
  r.name = in.str();
  r.description = in.str();
  r.targets = strings(in);
  r.document = in.str();
  return whole(in, std::move(r));
}

Bytes encode(const UserRecord& r) {
  Writer w = begin('U');
  w.bytes(r.name)
      .bytes(r.id)
      .bytes(r.path)
      .u64(static_cast<uint64_t>(r.created_ms))
      .bytes(r.boundary.value_or(""));
  put(w, r.tags);
  put(w, r.access_key_ids);
  put(w, r.attached);
  put(w, r.inline_names);
  return w.take();
}

std::optional<UserRecord> decode_user(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'U')) return std::nullopt;
  UserRecord r;
  r.name = in.str();
  r.id = in.str();
  r.path = in.str();
  r.created_ms = time(in);
  if (std::string boundary = in.str(); !boundary.empty()) r.boundary = std::move(boundary);
  r.tags = tags(in);
  r.access_key_ids = strings(in);
  r.attached = strings(in);
  r.inline_names = strings(in);
  return whole(in, std::move(r));
}

Bytes encode(const GroupRecord& r) {
  Writer w = begin('G');
  w.bytes(r.name).bytes(r.id).bytes(r.path).u64(static_cast<uint64_t>(r.created_ms));
  put(w, r.attached);
  put(w, r.inline_names);
  put(w, r.user_ids);
  return w.take();
}

std::optional<GroupRecord> decode_group(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'G')) return std::nullopt;
  GroupRecord r;
  r.name = in.str();
  r.id = in.str();
  r.path = in.str();
  r.created_ms = time(in);
  r.attached = strings(in);
  r.inline_names = strings(in);
  r.user_ids = strings(in);
  return whole(in, std::move(r));
}

Bytes encode(const RoleRecord& r) {
  Writer w = begin('R');
  w.bytes(r.name).bytes(r.id).bytes(r.path).bytes(r.description);
  w.u64(static_cast<uint64_t>(r.created_ms)).varint(r.max_session_s);
  w.bytes(r.boundary.value_or(""));
  put(w, r.tags);
  put(w, r.attached);
  put(w, r.inline_names);
  w.varint(r.bindings.size());
  for (const auto& [arn, id] : r.bindings) w.bytes(arn).bytes(id);
  return w.take();
}

std::optional<RoleRecord> decode_role(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'R')) return std::nullopt;
  RoleRecord r;
  r.name = in.str();
  r.id = in.str();
  r.path = in.str();
  r.description = in.str();
  r.created_ms = time(in);
  r.max_session_s = in.varint();
  if (std::string boundary = in.str(); !boundary.empty()) r.boundary = std::move(boundary);
  r.tags = tags(in);
  r.attached = strings(in);
  r.inline_names = strings(in);
  for (size_t left = in.count(2); left > 0; --left) {
    std::string arn = in.str();
    r.bindings[std::move(arn)] = in.str();
  }
  return whole(in, std::move(r));
}

Bytes encode(const KeyRecord& r) {
  Writer w = begin('K');
  w.bytes(r.user_id)
      .u8(r.active ? 1 : 0)
      .u64(static_cast<uint64_t>(r.created_ms))
      .bytes(r.wrapped_secret);
  return w.take();
}

std::optional<KeyRecord> decode_key(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'K')) return std::nullopt;
  KeyRecord r;
  r.user_id = in.str();
  uint8_t active = in.u8();
  if (active > 1) return std::nullopt;
  r.active = active == 1;
  r.created_ms = time(in);
  r.wrapped_secret = in.str();
  return whole(in, std::move(r));
}

Bytes encode(const PolicyRecord& r) {
  Writer w = begin('P');
  w.bytes(r.name).bytes(r.id).bytes(r.path).bytes(r.description);
  w.u64(static_cast<uint64_t>(r.created_ms)).u64(static_cast<uint64_t>(r.updated_ms));
  w.varint(r.default_version).varint(r.next_version).varint(r.versions.size());
  for (const PolicyRecord::Version& v : r.versions)
    w.varint(v.number).u64(static_cast<uint64_t>(v.created_ms));
  put(w, r.tags);
  return w.take();
}

std::optional<PolicyRecord> decode_policy(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'P')) return std::nullopt;
  PolicyRecord r;
  r.name = in.str();
  r.id = in.str();
  r.path = in.str();
  r.description = in.str();
  r.created_ms = time(in);
  r.updated_ms = time(in);
  r.default_version = in.varint();
  r.next_version = in.varint();
  r.versions.resize(in.count(9));
  for (PolicyRecord::Version& v : r.versions) {
    v.number = in.varint();
    v.created_ms = time(in);
  }
  r.tags = tags(in);
  return whole(in, std::move(r));
}

Bytes encode(const LastUsedRecord& r) {
  Writer w = begin('L');
  w.u64(static_cast<uint64_t>(r.used_ms)).bytes(r.service).bytes(r.region);
  return w.take();
}

std::optional<LastUsedRecord> decode_last_used(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'L')) return std::nullopt;
  LastUsedRecord r;
  r.used_ms = time(in);
  r.service = in.str();
  r.region = in.str();
  return whole(in, std::move(r));
}

Bytes encode_document(std::string_view text) { return begin('D').raw(text).take(); }

std::optional<std::string> decode_document(ByteView raw) {
  Reader in(raw);
  if (!begins(in, 'D')) return std::nullopt;
  return std::string(in.raw(in.left()));
}

std::string creation_row(std::string_view id) { return fmt::format("iam/creation/{}", id); }
std::string control_row(std::string_view id) { return fmt::format("iam/control/{}", id); }
std::string user_row(std::string_view user) { return "iam/user/" + lower(user); }
std::string user_policy_row(std::string_view user, std::string_view policy) {
  return "iam/user-policy/" + lower(user) + "/" + std::string(policy);
}
std::string group_row(std::string_view group) { return "iam/group/" + lower(group); }
std::string group_policy_row(std::string_view group, std::string_view policy) {
  return "iam/group-policy/" + lower(group) + "/" + std::string(policy);
}
std::string role_row(std::string_view role) { return "iam/role/" + lower(role); }
std::string role_policy_row(std::string_view role, std::string_view policy) {
  return "iam/role-policy/" + lower(role) + "/" + std::string(policy);
}
std::string trust_row(std::string_view role) { return "iam/role-trust/" + lower(role); }
std::string key_row(std::string_view access_key_id) {
  return "iam/key/" + std::string(access_key_id);
}
std::string last_used_row(std::string_view access_key_id) {
  return "iam/last-used/" + std::string(access_key_id);
}
std::string policy_row(std::string_view policy) { return "iam/policy/" + lower(policy); }
std::string policy_version_row(std::string_view policy, uint64_t number) {
  return fmt::format("iam/policy-version/{}/{:08}", lower(policy), number);
}

Bytes row_aad(std::string_view account, std::string_view row) {
  return fmt::format("account/{}/{}", account, row);
}

Bytes key_aad(std::string_view account, std::string_view access_key_id, std::string_view user_id) {
  return Writer()
      .bytes("coffer iam access key")
      .bytes(account)
      .bytes(access_key_id)
      .bytes(user_id)
      .take();
}

}  // namespace coffer::iam
