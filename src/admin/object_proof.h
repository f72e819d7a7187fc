#pragma once
// ObjectProof is what lies on disk for one object: its extents, their ciphertext's hashes computed
// anew, the layers they are sealed in, and which key opens them. No key is used and no content
// opened.
#include <optional>
#include <string>
#include <vector>

#include "s3/s3.h"

namespace coffer::admin {

struct ExtentProof {
  Id128 id{};
  std::string place;  // "a row" or "blob LOCATOR"
  uint64_t plain_bytes = 0, sealed_bytes = 0;
  Hash256 expected{}, computed{};  // SHA-256 of the ciphertext: as the head seals it, as it lies
  double entropy_bits = 0;         // a byte, of the ciphertext; 8 at most
  std::string damage;              // empty: sound
};

struct ObjectProof {
  s3::Head head;
  std::vector<ExtentProof> extents;
  std::string damage;  // of the object as a whole; empty: sound
  bool sound() const;
};

// prove reads an object's ciphertext whole; anew where it was replaced meanwhile. `version_id`:
// "null" or an ID; without one, the current version. Errors: NoSuchBucket, NoSuchKey,
// NoSuchVersion, also of a delete marker, which has no ciphertext; InvalidArgument.
Task<Result<ObjectProof>> prove(s3::S3& s3, std::string bucket, std::string key,
                                std::optional<std::string> version_id);
// render is the proof in lines.
std::string render(const ObjectProof& proof, std::string_view bucket, std::string_view key);

}  // namespace coffer::admin
