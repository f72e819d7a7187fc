#include "s3/object/version_id.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr size_t kTextBytes = 32;

// The mask keeps a client from reading off how many versions a key has had; it hides no secret.
uint64_t mask_of(const Id128& object_id) {
  Bytes text("coffer version ID");
  text += object_id.view();
  const Hash256 hash = crypto::sha256(text);
  Reader r(hash.view());
  return r.u64();
}

bool well_formed(std::string_view text) {
  return text.size() == kTextBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  c == '.' || c == '_' || c == '-';
         });
}
}  // namespace

VersionId version_of(const Head& head) {
  return {!head.has_version_id, head.order, head.object_id};
}

std::string version_text(const Head& head) {
  if (!head.has_version_id) return "null";
  Writer w;
  w.u64(head.order ^ mask_of(head.object_id)).raw(head.object_id.view());
  std::string out = base64url(w.view());
  std::replace(out.begin(), out.end(), '-',
               '.');  // command lines take what begins with - otherwise
  return out;
}

Result<VersionId> parse_version_id(std::string_view text) {
  if (text == "null") return VersionId{};
  if (text.empty())
    return invalid_argument("Version id cannot be the empty string", "versionId", "");
  if (!well_formed(text))
    return invalid_argument("Invalid version id specified", "versionId", std::string(text));
  VersionId out{.null = false};
  if (text.find('-') != text.npos) return out;
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '.', '-');
  const auto bytes = unbase64url(plain);
  if (!bytes) return out;
  Reader r(*bytes);
  const uint64_t masked = r.u64();
  out.object_id = r.fixed<Id128>();
  out.order = masked ^ mask_of(out.object_id);
  return out;
}

Error no_such_version(std::string_view key, std::string_view version_id) {
  return Error{"NoSuchVersion", "The specified version does not exist."}
      .with("Key", std::string(key))
      .with("VersionId", std::string(version_id));
}

}  // namespace coffer::s3
