#pragma once
// Objects puts, reads, copies and deletes whole objects. Callers have been authorized for S3's own
// actions; permission on the key is the key service's, asked here as the caller.
#include "s3/object/conditions.h"
#include "s3/object/content_reader.h"
#include "s3/object/content_writer.h"
#include "s3/object/index.h"
#include "s3/object/integrity.h"
#include "s3/sse/envelopes.h"

namespace coffer::s3 {

constexpr uint64_t kPutBytesMax = uint64_t{5} << 30;  // of one PUT, part or copy
constexpr size_t kUserMetadataBytesMax = 2048;

// WriteOptions are what every write of a new object names.
struct WriteOptions {
  BucketPtr bucket;
  std::string key;
  Plan plan;
  Metadata metadata;
  std::string storage_class = "STANDARD";
  Claims claims;
  std::optional<crypto::ChecksumAlgorithm>
      checksum_algorithm;  // to store; else the claims', else CRC64NVME
  WriteConditions conditions;
};

// Judged names the version whose tags a decision read: nothing else may come of it.
struct Judged {
  std::optional<Id128> object_id;  // nullopt: there was none
  uint64_t generation = 0;
  bool is(const Head& head) const {
    return object_id == head.object_id && generation == head.generation;
  }
};

// ObjectFacts is what an answer tells of an object.
struct ObjectFacts {
  Head head;
  std::optional<StoredChecksum> checksum;  // opened: raw bytes; only where it was asked for
  Metadata metadata;
};

struct ByteRange {
  uint64_t first = 0, size = 0;
};

struct ReadOptions {
  BucketPtr bucket;
  std::string key;
  std::optional<VersionId> version = {};  // absent: the current one
  ReadConditions conditions;
  std::optional<std::string> range;  // the Range header
  std::optional<uint32_t> part_number;
  bool checksum_mode = false;
  CustomerKeyPtr customer_key;
  std::optional<Judged> judged = {};  // absent: the decision did not rest on the object
};

struct RemoveOptions {
  DeleteConditions conditions;  // of a general purpose bucket: If-Match alone, an ETag or "*"
  bool bypass_governance = false;
};

// Described is a version without its content; no key is asked for.
struct Described {
  Head head;
  Metadata metadata;
};

struct ReadAnswer {
  ObjectFacts facts;
  bool not_modified = false;
  std::optional<ByteRange> range;          // where a part of the content is answered: 206
  uint64_t size = 0;                       // of what is answered
  std::unique_ptr<ContentStream> content;  // get only
};

// PartAttributes is one part of an object that was uploaded in parts with a checksum each.
struct PartAttributes {
  uint32_t number = 0;
  uint64_t bytes = 0;
  StoredChecksum checksum;  // opened
};
struct AttributesAnswer {
  ObjectFacts facts;
  std::vector<PartAttributes> parts;  // of a COMPOSITE checksum, by number
};

// Missing says how absence reads to this caller: NoSuchKey, or AccessDenied where it may not be
// learned. `marker`: the delete marker that was found instead of an object; null: nothing was.
using Missing = std::function<Error(const Head* marker)>;

struct CopyOptions {
  WriteOptions target;  // its metadata is used where replace_metadata
  BucketPtr source_bucket;
  std::string source_key;
  std::optional<VersionId> source_version = {};
  ReadConditions source_conditions;
  CustomerKeyPtr source_customer_key;
  std::optional<Judged> source_judged = {};
  bool replace_metadata = false;
  bool replace_tags = false;         // else the target's must be the source's
  bool storage_class_given = false;  // a copy onto itself must change something
};

struct CopyAnswer {
  ObjectFacts facts;
  std::string source_version;  // "null", or its ID
};

class Objects {
 public:
  struct Deps {
    store::Store& store;
    Index& index;
    Envelopes& envelopes;
    Random& random;
    bool etag_md5 = true;  // false: the bench's switch, random ETags also under SSE-S3
  };
  explicit Objects(Deps deps) : d_(deps) {}

  // put: `length` nullopt: of as many bytes as come.
  Task<Result<ObjectFacts>> put(const authz::RequestContext& caller, WriteOptions options,
                                std::shared_ptr<ContentSource> source,
                                std::optional<uint64_t> length);
  // get and head take no key service's call for what needs none: a plain head.
  Task<Result<ReadAnswer>> get(const authz::RequestContext& caller, Transport transport,
                               ReadOptions options, Missing missing);
  Task<Result<ReadAnswer>> head(const authz::RequestContext& caller, Transport transport,
                                ReadOptions options, Missing missing);
  // attributes tells everything but the content; its caller needs the key of what is under one.
  Task<Result<AttributesAnswer>> attributes(const authz::RequestContext& caller,
                                            Transport transport, ReadOptions options,
                                            Missing missing);
  // remove deletes the named version for good and answers what went; nullopt: there was none.
  // Without one it does so to the only version of a bucket that never had versioning; elsewhere it
  // makes a delete marker the current version and answers that.
  // Errors: PreconditionFailed; AccessDenied where a lock protects the version.
  Task<Result<std::optional<Head>>> remove(BucketPtr bucket, std::string key,
                                           std::optional<VersionId> version,
                                           RemoveOptions options = {});
  Task<Result<Described>> describe(BucketPtr bucket, std::string key,
                                   std::optional<VersionId> version, Missing missing);
  // amend changes a version's metadata as `edit` does, whose error is the answer; it may be asked
  // more than once.
  using Edit = std::function<Status(const Head&, Metadata&)>;
  Task<Result<Head>> amend(BucketPtr bucket, std::string key, std::optional<VersionId> version,
                           Edit edit, Missing missing);
  // append adds to the end of an object, which must lie at `offset`; of none, 0 makes one. Errors:
  // InvalidWriteOffset, EncryptionTypeMismatch, TooManyParts.
  Task<Result<ObjectFacts>> append(const authz::RequestContext& caller, WriteOptions options,
                                   uint64_t offset, std::shared_ptr<ContentSource> source,
                                   uint64_t length);
  Task<Result<CopyAnswer>> copy(const authz::RequestContext& caller, Transport transport,
                                CopyOptions options, Missing missing);

  // update_encryption wraps the object's keys anew under `plan` (aws:kms); content, ETag, dates and
  // checksums stay. The caller needs kms:Decrypt on the present key, kms:GenerateDataKey on the new
  // one. Error: InvalidRequest, what is stored under two layers or a customer's key.
  Task<Result<Head>> update_encryption(const authz::RequestContext& caller, Transport transport,
                                       BucketPtr bucket, std::string key,
                                       std::optional<VersionId> version, Plan plan,
                                       Missing missing);

  // finish seals the manifest and commits a new version. Shared by put and Complete.
  Task<Result<Head>> finish(const SealedFor& what, const ContentKeys& keys, NewObject object,
                            WriteConditions conditions,
                            std::optional<Index::Completion> completion);

  // etag_is_md5 tells whether an object of that encryption has its MD5 for an ETag.
  bool etag_is_md5(const Bucket& bucket, Algorithm algorithm) const {
    return d_.etag_md5 && bucket.rules().md5_etags && algorithm == Algorithm::kAes256;
  }
  static std::string new_etag(bool md5, Integrity& integrity, Random& random);

 private:
  Task<Result<ObjectFacts>> append_sealed(WriteOptions options, StoredHead before,
                                          std::shared_ptr<const ContentKeys> keys,
                                          std::shared_ptr<ContentSource> source, uint64_t length);
  void seal_checksums(const ContentKeys& keys, NewObject& object) const;
  Task<Result<ReadAnswer>> get_once(const authz::RequestContext& caller, Transport transport,
                                    ReadOptions options, Missing missing);

  Deps d_;
};

// parse_range reads a Range header against `bytes` of content: nullopt where it is to be ignored
// (not bytes, several ranges, not well-formed). Error: InvalidRange where it cannot be satisfied.
Result<std::optional<ByteRange>> parse_range(std::string_view header, uint64_t bytes);

}  // namespace coffer::s3
