#include "s3/s3.h"

namespace coffer::s3 {

S3::S3(store::Store& store, seal::DomainKeys& keys, kms::DataKeys& kms, Clock& clock, Random& random, Options options)
    : store_(store),
      keys_(keys),
      clock_(clock),
      options_(std::move(options)),
      buckets_({store, RowSeal(keys), clock, random, options_.shards, options_.region}),
      index_({store, RowSeal(keys), buckets_, clock}),
      envelopes_({kms, keys, buckets_, clock, random}),
      objects_({store, index_, envelopes_, random, options_.etag_md5}),
      uploads_({store, index_, objects_, envelopes_, clock, random, options_.etag_md5}),
      listing_(index_) {
  buckets_.purge = [this](BucketPtr bucket) { return uploads_.purge(std::move(bucket)); };
}

Task<Status> S3::load() { co_return co_await buckets_.load(); }

void S3::clear() {
  buckets_.clear();
  envelopes_.forget_all();
}

Task<Result<size_t>> S3::sweep() {
  size_t done = 0;
  for (const BucketPtr& bucket : buckets_.all()) {
    for (uint32_t shard = 0; shard < bucket->value.shards; ++shard) {
      CO_TRY(size_t swept, co_await index_.sweep(bucket, shard, 100));
      done += swept;
    }
  }
  CO_TRY(size_t freed, co_await store_.blobs().reap(clock_.wall_ms(), 1000));
  co_return done + freed;
}

}  // namespace coffer::s3
