#pragma once
// The rows of an object (docs/formats/object.md). The head is small and guarded: what LIST, the
// preconditions and the key need. Extents beyond the first, and metadata that is not small, lie in
// rows beside it, bound to it by hash.
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/checksum.h"
#include "s3/bucket/bucket.h"
#include "s3/object/object_lock.h"
#include "s3/tags.h"
#include "store/blob_ref.h"

namespace coffer::s3 {

// Extent is a run of ciphertext, written once under its own random ID: one for a PUT, one a part,
// one an append.
struct Extent {
  Id128 id{};
  uint64_t plain_bytes = 0;
  Hash256 sealed_hash{};     // SHA-256 of the ciphertext: no key is needed to see damage
  bool in_row = false;       // the ciphertext is an inline body row, under the extent's ID
  store::BlobRef blob;       // else
  uint16_t part_number = 0;  // of a multipart upload; 0: none
  Bytes part_checksum;       // of a COMPOSITE upload's part
};

// Envelope is how the object's data key is wrapped, by whom, and how the content is bound to it.
struct Envelope {
  Algorithm algorithm = Algorithm::kAes256;
  std::string key_arn;  // SSE-KMS
  bool bucket_key = false;
  Bytes kms_ciphertext;    // the KMS data key or bucket key
  Bytes wrapped_data_key;  // the data key, under that key (SSE-KMS), the service's own (SSE-S3) or
                           // the customer's (SSE-C)
  Hash256 commitment{};    // crypto::key_commitment(data key, object ID)
  Bytes manifest_key_by_data_key;  // the manifest key, wrapped twice: who may read the object and
                                   // who keeps the store can both check
  Bytes manifest_key_by_service;
  Bytes inner_key;  // DSSE-KMS: the inner layer's key, wrapped by the service and that by the data
                    // key: both are needed
  unsigned layers() const { return algorithm == Algorithm::kKmsDsse ? 2 : 1; }
};

enum class ChecksumType : uint8_t { kFullObject = 1, kComposite = 2 };

struct StoredChecksum {
  crypto::ChecksumAlgorithm algorithm = crypto::ChecksumAlgorithm::kCrc64Nvme;
  ChecksumType type = ChecksumType::kFullObject;
  Bytes value;         // SSE-S3: raw big-endian bytes. Else sealed under the data key
  uint32_t parts = 0;  // of a COMPOSITE value, which is written VALUE-PARTS
};

// Metadata is what the client set beside the content.
struct Metadata {
  std::string content_type, content_encoding, content_disposition, content_language, cache_control,
      expires;
  std::string website_redirect_location;
  std::map<std::string, std::string> user;  // x-amz-meta-*, names in lower case
  std::map<std::string, std::string>
      encryption_context;  // the client's own pairs, replayed to the key service; never sent back
  Tags tags;
  ObjectLock lock;
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

// A head tells one version of a key. A delete marker has an ID, an order and a date, and nothing
// else.
struct Head {
  Id128 object_id{};
  bool has_version_id = false;  // false: the null version, written while versioning was not enabled
  bool delete_marker = false;
  uint64_t null_order = 0;  // of a current version: the noncurrent null version's order; 0: none
  uint64_t order = 1;       // the current version's is the greatest of its key
  uint64_t generation = 1;  // grows with each change of this row
  UnixMs modified_ms = 0;
  uint64_t bytes = 0;  // of content
  std::string etag;    // unquoted
  uint32_t parts = 0;  // of a multipart upload; 0: a single PUT
  std::string storage_class = "STANDARD";
  Envelope envelope;
  std::optional<StoredChecksum> checksum;
  Hash256 manifest_seal{};  // HMAC(manifest key, manifest)
  uint32_t extent_count = 0;
  Hash256 extents_hash{};            // over every extent, in order
  std::optional<Extent> extent;      // where there is but one
  std::optional<Metadata> metadata;  // where it is small; else in a row of its own
  Hash256 metadata_hash{};
};

constexpr size_t kExtentsPerRow = 64;
constexpr size_t kHeadMetadataMax = 256;  // encoded bytes of metadata that stay in the head

Bytes encode_metadata(const Metadata& m);
Result<Metadata> decode_metadata(ByteView bytes);
void encode_extent(Writer& w, const Extent& e);
Extent decode_extent(Reader& r);
Hash256 hash_extents(const std::vector<Extent>& extents);
// manifest is the bytes that the manifest seal covers.
Bytes manifest(const Head& head);

Bytes encode_head(const Head& head);
Result<Head> decode_head(ByteView bytes);

// Row keys within a bucket's index shard. Object keys hold no NUL, so that key ‖ NUL keeps the
// order of bytes.
std::string head_row(std::string_view key);  // h/KEY\0
std::optional<std::string> key_of_head_row(std::string_view row);
// v/KEY\0 and the order's complement: a key's noncurrent versions, the newest first.
std::string version_row(std::string_view key, uint64_t order);
struct VersionPlace {
  std::string key;
  uint64_t order = 0;
};
std::optional<VersionPlace> place_of_version_row(std::string_view row);
std::string metadata_row(const Id128& object_id);             // m/ID
std::string extents_row(const Id128& object_id, uint32_t n);  // x/ID N
std::string body_row(const Id128& extent_id);                 // among the bodies
std::string retired_row(char kind, const Id128& id);          // r/KIND ID: rows KIND/ID to be swept
std::string upload_row(std::string_view key, std::string_view upload_id);  // u/KEY\0ID
std::string part_row(const Id128& upload_id, uint32_t part_number);        // p/ID N
Bytes row_aad(const Bucket& bucket,
              std::string_view row_key);  // instance ‖ row key: no row passes for another

// valid_key: 1..1024 bytes of UTF-8 without NUL.
Status check_key(std::string_view key);

}  // namespace coffer::s3
