#pragma once
// Fsck holds the whole store against itself: every row's seal, every extent's ciphertext hash,
// every counter, every blob, the records of the key service and of IAM, and the audit log's chain.
// It needs no customer's key and opens no content, but with `open` that of SSE-S3 objects. It
// changes nothing.
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "iam/iam.h"
#include "kms/key_service.h"
#include "s3/s3.h"

namespace coffer::admin {

struct FsckOptions {
  bool open = false;  // also decrypt what SSE-S3 protects, and hold ETags and checksums against it
};

struct Finding {
  std::string where;  // "s3://bucket/key", a partition and row, a blob
  std::string what;
};

struct FsckReport {
  uint64_t buckets = 0, objects = 0, uploads = 0, rows = 0, extents = 0, bytes = 0, opened = 0,
           audit_records = 0;
  uint64_t blobs = 0, unlinked_blobs = 0, unlinked_bytes = 0;
  std::vector<Finding> findings;      // damage
  std::vector<std::string> unjudged;  // what could not be said, and why
  std::vector<std::string> unlinked;  // the first blobs that no row names
  bool clean() const { return findings.empty(); }
};

class Fsck {
 public:
  struct Deps {
    s3::S3& s3;
    audit::Log& audit;
    kms::KeyService::Deps kms;  // for a second reading of every record
    iam::Deps iam;
  };
  Fsck(Deps deps, FsckOptions options) : d_(std::move(deps)), options_(options) {}
  Task<Result<FsckReport>> run();

 private:
  struct Shard;
  Task<Status> check_bucket(s3::BucketPtr bucket);
  Task<Status> check_shard(s3::BucketPtr bucket, uint32_t n, Shard& shard);
  using Visit = Task<Status> (Fsck::*)(Shard&, store::Row);
  Task<Status> each_row(Shard& shard, std::string prefix, Visit visit);
  Task<Status> on_head(Shard& shard, store::Row row);
  Task<Status> on_version(Shard& shard, store::Row row);
  void check_null_versions(Shard& shard);
  Task<Status> on_upload(Shard& shard, store::Row row);
  Task<Status> on_note(Shard& shard, store::Row row);
  Task<Status> on_part(Shard& shard, store::Row row);
  Task<Status> on_beside(Shard& shard, store::Row row);
  Task<Status> check_object(Shard& shard, std::string key, s3::Head head);
  Task<Status> check_bodies(Shard& shard);
  Task<Status> check_counters(Shard& shard);
  // layers: of encryption; nullopt: not known, one or two.
  Task<Status> check_extent(Shard& shard, std::string where, s3::Extent extent,
                            std::optional<unsigned> layers);
  Task<Status> open_content(Shard& shard, std::string key, s3::Head head);
  Task<Status> check_blobs();
  Task<Status> check_records();

  Deps d_;
  FsckOptions options_;
  FsckReport report_;
  std::set<Bytes> blobs_;  // locators that rows name
};

}  // namespace coffer::admin
