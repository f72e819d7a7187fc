#pragma once
// Temporary credentials. The session token holds all there is to know of a session, sealed:
// docs/formats/session_token.md. Nothing of it is stored; what the session may do is looked up anew
// for every request, in its parent's record. Source: STS API Reference.
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "authz/policy.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"
#include "iam/types.h"

namespace coffer::iam {

enum class SessionKind : uint8_t { kRole = 1, kUser = 2, kRoot = 3, kFederated = 4 };

struct SessionRequest {
  SessionKind kind = SessionKind::kRole;
  std::string account;
  std::string parent_id;  // of the role or user; empty: the account's root
  std::string name;       // of the session or federated user; empty: GetSessionToken
  int64_t duration_s = 3600;
  std::vector<Tag> tags;
  std::vector<std::string> transitive;  // keys of `tags`
  std::string source_identity;
  std::string policy;                    // at most 2048 characters; empty: none
  std::vector<std::string> policy_arns;  // at most 10
};

struct NewSession {
  std::string access_key_id;
  Secret secret;
  std::string token;
  UnixMs expires_ms = 0;
  int64_t packed_percent = 0;  // of what a session may carry; 0: it carries nothing
};

// SessionRecord is a token's plaintext. decode_session answers nullopt for what is not exactly one.
struct SessionRecord {
  SessionKind kind = SessionKind::kRole;
  std::string account, parent_id, name;
  UnixMs issued_ms = 0, expires_ms = 0;
  std::vector<Tag> tags;
  std::vector<std::string> transitive;
  std::string source_identity, policy;
  std::vector<std::string> policy_arns;
  Bytes wrapped_secret;
};
Bytes encode(const SessionRecord& r);
std::optional<SessionRecord> decode_session(ByteView raw);

// Session is an opened token.
struct Session {
  std::string access_key_id;
  SessionRecord record;
  std::shared_ptr<const authz::Policy> policy;  // null: none was passed inline
};
using SessionPtr = std::shared_ptr<const Session>;

// TokenCache keeps opened tokens whose signature was good, so that they are not opened and their
// policies not compiled anew for every request. Bounded; safe from any thread.
template <class Ptr>
class TokenCache {
 public:
  Ptr find(const std::string& token) {
    Shard& s = shard(token);
    std::lock_guard lock(s.mutex);
    if (auto young = s.young.find(token); young != s.young.end()) return young->second;
    auto old = s.old.find(token);
    return old == s.old.end() ? nullptr : old->second;
  }
  void put(const std::string& token, Ptr opened) {
    Shard& s = shard(token);
    std::lock_guard lock(s.mutex);
    if (s.young.size() >= kPerGeneration) s.old = std::exchange(s.young, {});
    s.young.insert_or_assign(token, std::move(opened));
  }
  void clear() {
    for (Shard& s : shards_) {
      std::lock_guard lock(s.mutex);
      s.young.clear();
      s.old.clear();
    }
  }

 private:
  static constexpr size_t kPerGeneration = 64;  // of a shard
  using Generation = std::unordered_map<std::string, Ptr>;
  struct Shard {
    std::mutex mutex;
    Generation young, old;
  };
  Shard& shard(const std::string& token) {
    return shards_[std::hash<std::string>{}(token) % shards_.size()];
  }
  std::array<Shard, 16> shards_;
};
using SessionCache = TokenCache<SessionPtr>;

}  // namespace coffer::iam
