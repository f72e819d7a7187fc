// The plaintext of a session token.
#include "base/wire.h"
#include "iam/session.h"

namespace coffer::iam {
namespace {

constexpr uint8_t kVersion = 1;

void put(Writer& w, const std::vector<std::string>& list) {
  w.varint(list.size());
  for (const std::string& s : list) w.bytes(s);
}

std::vector<std::string> strings(Reader& r) {
  std::vector<std::string> out(r.count());
  for (std::string& s : out) s = r.str();
  return out;
}

}  // namespace

Bytes encode(const SessionRecord& r) {
  Writer w;
  w.u8('I').u8('S').u8(kVersion).u8(static_cast<uint8_t>(r.kind));
  w.bytes(r.account).bytes(r.parent_id).bytes(r.name);
  w.u64(static_cast<uint64_t>(r.issued_ms)).u64(static_cast<uint64_t>(r.expires_ms));
  w.varint(r.tags.size());
  for (const Tag& t : r.tags) w.bytes(t.key).bytes(t.value);
  put(w, r.transitive);
  w.bytes(r.source_identity).bytes(r.policy);
  put(w, r.policy_arns);
  w.bytes(r.wrapped_secret);
  return w.take();
}

std::optional<SessionRecord> decode_session(ByteView raw) {
  Reader in(raw);
  if (in.u8() != 'I' || in.u8() != 'S' || in.u8() != kVersion) return std::nullopt;
  uint8_t kind = in.u8();
  if (kind < 1 || kind > 4) return std::nullopt;
  SessionRecord r{.kind = static_cast<SessionKind>(kind)};
  r.account = in.str();
  r.parent_id = in.str();
  r.name = in.str();
  r.issued_ms = static_cast<UnixMs>(in.u64());
  r.expires_ms = static_cast<UnixMs>(in.u64());
  r.tags.resize(in.count(2));
  for (Tag& t : r.tags) {
    t.key = in.str();
    t.value = in.str();
  }
  r.transitive = strings(in);
  r.source_identity = in.str();
  r.policy = in.str();
  r.policy_arns = strings(in);
  r.wrapped_secret = in.str();
  if (!in.done()) return std::nullopt;
  return r;
}

}  // namespace coffer::iam
