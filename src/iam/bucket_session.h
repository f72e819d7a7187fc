#pragma once
// Sessions of directory buckets: what CreateSession hands out. The token holds all there is to
// know, sealed: docs/formats/bucket_session_token.md. It proves who asks and for which bucket; what
// the caller may do is decided anew for every request. Source: S3 API Reference, CreateSession.
#include <memory>
#include <optional>
#include <string>

#include "iam/session.h"

namespace coffer::iam {

enum class SessionMode : uint8_t { kReadOnly = 1, kReadWrite = 2 };
enum class SessionSse : uint8_t { kBucketDefault = 0, kAes256 = 1, kKms = 2 };

struct BucketSession {
  std::string bucket;
  Id128 instance{};  // of the bucket; zero: there was none of that name yet
  SessionMode mode = SessionMode::kReadWrite;
  bool mode_named = false;  // by the client: such a session serves no control operations
  SessionSse sse = SessionSse::kBucketDefault;
  std::string sse_key_as_sent;  // empty: none was
  bool has_instance() const { return instance != Id128{}; }
};

// BucketSessionRecord is a token's plaintext. decode answers nullopt for what is not exactly one.
struct BucketSessionRecord {
  BucketSession session;
  UnixMs expires_ms = 0;
  std::string parent_key_id;  // the access key that asked for it
  Bytes parent_session;       // its session record, without the secret; empty: a long-term key
  Bytes wrapped_secret;
};
Bytes encode(const BucketSessionRecord& r);
std::optional<BucketSessionRecord> decode_bucket_session(ByteView raw);

// OpenedBucketSession is an opened token.
struct OpenedBucketSession {
  std::string access_key_id;
  BucketSessionRecord record;
  SessionPtr parent;  // null: a long-term key
};
using OpenedBucketSessionPtr = std::shared_ptr<const OpenedBucketSession>;

}  // namespace coffer::iam
