#pragma once
// S3 is the room's front: what api/, jobs/ and admin/ work with.
#include "s3/bucket/buckets.h"
#include "s3/listing/listing.h"
#include "s3/multipart/uploads.h"
#include "s3/object/objects.h"

namespace coffer::s3 {

struct Options {
  std::string region;
  uint32_t shards = 1;      // of a new bucket's index
  bool etag_md5 = true;     // false: random ETags also under SSE-S3 (the bench's switch)
  bool block_sse_c = true;  // on new buckets
};

// KeyUsage is what one KMS key protects, bucket by bucket.
struct KeyUsage {
  struct InBucket {
    std::string bucket;
    int64_t objects = 0, bytes = 0;  // of content
  };
  std::vector<InBucket> buckets;  // only those with objects under it, in byte order of name
};

class S3 {
 public:
  S3(store::Store& store, seal::DomainKeys& keys, kms::DataKeys& kms, Clock& clock, Random& random,
     Options options);

  // serve_zones names the zones that new directory buckets may lie in; before anything is served.
  void serve_zones(std::vector<std::string> zones) { zones_ = std::move(zones); }
  const std::vector<std::string>& zones() const { return zones_; }

  // load reads the buckets and finishes what a crash interrupted.
  Task<Status> load();
  void clear();  // test mode's reset: every record and key in memory
  // sweep works on the leftovers of large deletions and ended uploads, and frees garbage blobs that
  // are due; answers how much it did.
  Task<Result<size_t>> sweep();

  // key_usage sums the counters that every write and deletion keeps in its own batch: exact while
  // nobody writes. `key_arn`: in full.
  Task<Result<KeyUsage>> key_usage(std::string key_arn);

  Buckets& buckets() { return buckets_; }
  Index& index() { return index_; }
  Envelopes& envelopes() { return envelopes_; }
  Objects& objects() { return objects_; }
  Uploads& uploads() { return uploads_; }
  Listing& listing() { return listing_; }
  const Options& options() const { return options_; }
  store::Store& store() { return store_; }
  seal::DomainKeys& domain_keys() { return keys_; }

 private:
  store::Store& store_;
  seal::DomainKeys& keys_;
  Clock& clock_;
  Options options_;
  Buckets buckets_;
  Index index_;
  Envelopes envelopes_;
  Objects objects_;
  Uploads uploads_;
  Listing listing_;
  std::vector<std::string> zones_;
};

}  // namespace coffer::s3
