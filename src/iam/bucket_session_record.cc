// The plaintext of a directory bucket's session token.
#include "base/wire.h"
#include "iam/bucket_session.h"

namespace coffer::iam {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kModeNamed = 4;  // beside the mode

}  // namespace

Bytes encode(const BucketSessionRecord& r) {
  const BucketSession& s = r.session;
  Writer w;
  w.u8('I').u8('B').u8(kVersion);
  w.bytes(s.bucket).raw(s.instance.view());
  w.u8(static_cast<uint8_t>(static_cast<uint8_t>(s.mode) | (s.mode_named ? kModeNamed : 0)));
  w.u8(static_cast<uint8_t>(s.sse)).bytes(s.sse_key_as_sent);
  w.u64(static_cast<uint64_t>(r.expires_ms));
  w.bytes(r.parent_key_id).bytes(r.parent_session).bytes(r.wrapped_secret);
  return w.take();
}

std::optional<BucketSessionRecord> decode_bucket_session(ByteView raw) {
  Reader in(raw);
  if (in.u8() != 'I' || in.u8() != 'B' || in.u8() != kVersion) return std::nullopt;
  BucketSessionRecord r;
  BucketSession& s = r.session;
  s.bucket = in.str();
  s.instance = in.fixed<Id128>();
  const uint8_t mode = in.u8();
  s.mode_named = (mode & kModeNamed) != 0;
  s.mode = static_cast<SessionMode>(mode & ~kModeNamed);
  const uint8_t sse = in.u8();
  s.sse = static_cast<SessionSse>(sse);
  s.sse_key_as_sent = in.str();
  r.expires_ms = static_cast<UnixMs>(in.u64());
  r.parent_key_id = in.str();
  r.parent_session = in.str();
  r.wrapped_secret = in.str();
  const bool known = (s.mode == SessionMode::kReadOnly || s.mode == SessionMode::kReadWrite) &&
                     sse <= static_cast<uint8_t>(SessionSse::kKms);
  if (!in.done() || !known) return std::nullopt;
  return r;
}

}  // namespace coffer::iam
