#pragma once
// Uploads is multipart upload: an upload freezes the encryption of the object to be; parts are
// extents of it, and Complete joins them without touching a byte. Source: S3 User Guide, "Uploading
// an object using multipart upload"; spec/s3.md A.12. docs/formats/object.md: u/, p/.
#include "s3/object/objects.h"

namespace coffer::s3 {

constexpr uint64_t kPartBytesMin = uint64_t{5} << 20;  // but the last
constexpr uint32_t kPartNumberMax = 10000;

struct UploadRecord {
  Id128 object_id{};
  Envelope envelope;
  Metadata metadata;
  std::string storage_class;
  std::optional<crypto::ChecksumAlgorithm>
      checksum_algorithm;  // declared; absent: CRC64NVME FULL_OBJECT is computed
  ChecksumType checksum_type = ChecksumType::kFullObject;
  UnixMs initiated_ms = 0;
  std::string initiator_arn, initiator_id;
  std::string
      sse_key_as_sent;  // condition values of the parts' requests: what CreateMultipartUpload sent
  std::string sse_algorithm_as_sent;
};

struct Upload {
  std::string id;  // as the client has it: base64url of the object ID
  UploadRecord record;
  Bytes raw;  // the row, for guards
};

struct PartRecord {
  Extent extent;                           // first in the row: the sweep reads it
  std::string etag;                        // unquoted
  std::optional<StoredChecksum> checksum;  // sealed like an object's
  UnixMs modified_ms = 0;
};

struct PartFacts {
  uint32_t number = 0;
  uint64_t bytes = 0;
  std::string etag;
  std::optional<StoredChecksum> checksum;  // opened
  UnixMs modified_ms = 0;
  Envelope envelope;
};

// ClaimedPart is one entry of a Complete request.
struct ClaimedPart {
  int64_t number = 0;
  std::string etag;
  std::map<crypto::ChecksumAlgorithm, std::string> checksums;  // base64, as sent
};

struct CompleteOptions {
  BucketPtr bucket;
  std::string key;
  std::vector<ClaimedPart> parts;
  WriteConditions conditions;
  std::optional<ChecksumType> checksum_type;                  // x-amz-checksum-type
  std::map<crypto::ChecksumAlgorithm, std::string> checksum;  // of the whole, as sent
  std::optional<uint64_t> object_bytes;                       // x-amz-mp-object-size
  CustomerKeyPtr customer_key;  // SSE-C: needed for what the content's checksum takes
};

struct PartOptions {
  BucketPtr bucket;
  std::string key;
  Upload upload;
  uint32_t number = 0;
  Claims claims;
  CustomerKeyPtr customer_key;
};

struct UploadQuery {
  BucketPtr bucket;
  std::string prefix;
  std::string delimiter;  // empty: none
  std::string after_key;  // keys greater than this one; a common prefix counts as the name it is
  std::string after_id;   // with it, uploads of that key whose ID is greater, too
  size_t max = 1000;      // uploads and common prefixes together
};

struct UploadPage {
  struct Item {
    std::string key;
    Upload upload;
  };
  std::vector<Item> items;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string last_key, last_id;  // what the next page comes after
};

class Uploads {
 public:
  struct Deps {
    store::Store& store;
    Index& index;
    Objects& objects;
    Envelopes& envelopes;
    Clock& clock;
    Random& random;
    bool etag_md5 = true;
  };
  explicit Uploads(Deps deps) : d_(deps) {}

  Task<Result<Upload>> create(const authz::RequestContext& caller, WriteOptions options,
                              std::optional<ChecksumType> type, std::string sse_algorithm_as_sent,
                              std::string sse_key_as_sent);
  // find answers the upload; NoSuchUpload where there is none of that ID for that key.
  Task<Result<Upload>> find(BucketPtr bucket, std::string key, std::string upload_id);
  Task<Result<PartFacts>> put_part(const authz::RequestContext& caller, PartOptions options,
                                   std::shared_ptr<ContentSource> source, uint64_t length);
  struct PartPage {
    std::vector<PartFacts> parts;
    bool truncated = false;
  };
  // list answers up to `max` (1..1000) parts with numbers above `after`. A KMS upload needs
  // kms:Decrypt; checksums of an SSE-C upload are left out where the request brings no key.
  Task<Result<PartPage>> list(const authz::RequestContext& caller, BucketPtr bucket,
                              std::string key, Upload upload, uint32_t after, uint32_t max,
                              CustomerKeyPtr customer_key);
  // list_uploads answers the uploads under way in the order of their keys' bytes, then of their
  // IDs.
  Task<Result<UploadPage>> list_uploads(UploadQuery query);
  Task<Result<ObjectFacts>> complete(const authz::RequestContext& caller, CompleteOptions options,
                                     Upload upload);
  Task<Status> abort(BucketPtr bucket, std::string key, Upload upload);
  // purge aborts and sweeps all that a shard still holds: before the bucket is dropped.
  Task<Status> purge(BucketPtr bucket);

 private:
  struct Chosen;
  Task<Result<ObjectFacts>> complete_once(const authz::RequestContext& caller,
                                          CompleteOptions options, Upload upload);
  Task<Result<Chosen>> choose(const CompleteOptions& options, const Upload& upload);
  Task<Result<std::vector<std::pair<uint32_t, PartRecord>>>> parts_of(BucketPtr bucket,
                                                                      std::string key,
                                                                      const Upload& upload,
                                                                      uint32_t after, size_t max);
  // open_upload opens the upload's keys as the caller; without the customer's key of an SSE-C
  // upload the manifest key alone.
  Task<Result<std::shared_ptr<const ContentKeys>>> open_upload(const authz::RequestContext& caller,
                                                               const SealedFor& what,
                                                               const UploadRecord& upload,
                                                               CustomerKeyPtr customer_key);
  Task<Status> commit_part(BucketPtr bucket, std::string key, Upload upload, const PartRecord& part,
                           std::optional<store::SealedBytes> body);
  struct Found;
  Task<Status> find_in_shard(const UploadQuery& query, uint32_t shard, Found& found);
  Task<Status> end(BucketPtr bucket, std::string key, Upload upload);
  Status check_claims(const CompleteOptions& options, const Upload& upload, const Chosen& chosen,
                      const ContentKeys& keys) const;
  Result<StoredChecksum> whole_checksum(const CompleteOptions& options, const Upload& upload,
                                        const Chosen& chosen, const ContentKeys& keys) const;

  Deps d_;
};

Bytes encode_upload(const UploadRecord& u);
Result<UploadRecord> decode_upload(ByteView bytes);
Bytes encode_part(const PartRecord& p);
Result<PartRecord> decode_part(ByteView bytes);

// parse_upload_id: the object ID within, or nullopt.
std::optional<Id128> parse_upload_id(std::string_view upload_id);

}  // namespace coffer::s3
