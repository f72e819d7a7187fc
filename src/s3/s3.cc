#include "s3/s3.h"

#include <algorithm>

#include "base/log.h"

namespace coffer::s3 {

S3::S3(store::Store& store, seal::DomainKeys& keys, kms::DataKeys& kms, Clock& clock,
       Random& random, Options options)
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
  constexpr size_t kReapMax = 1000, kRoundsMax = 50;
  size_t done = 0;
  // Space first: a damaged row in one bucket must not keep the others' from being freed.
  for (size_t round = 0; round < kRoundsMax; ++round) {
    CO_TRY(const size_t freed, co_await store_.blobs().reap(clock_.wall_ms(), kReapMax));
    done += freed;
    if (freed < kReapMax) break;
  }
  CO_TRY_OK(co_await buckets_.recover_unfinished());
  for (const BucketPtr& bucket : buckets_.all()) {
    if (bucket->value.kind == BucketKind::kDirectory) {
      if (auto forgotten = co_await index_.forget_renames(bucket, 1000))
        done += *forgotten;
      else
        log::error("s3.sweep_failed",
                   {{"bucket", bucket->value.name}, {"code", forgotten.error().code}});
    }
    for (uint32_t shard = 0; shard < bucket->value.shards; ++shard) {
      auto swept = co_await index_.sweep(bucket, shard, 100);
      if (swept)
        done += *swept;
      else
        log::error("s3.sweep_failed",
                   {{"bucket", bucket->value.name}, {"code", swept.error().code}});
    }
  }
  co_return done;
}

Task<Result<KeyUsage>> S3::key_usage(std::string key_arn) {
  Envelope under;
  under.algorithm = Algorithm::kKms;
  under.key_arn = std::move(key_arn);
  KeyUsage out;
  for (const BucketPtr& bucket : buckets_.all()) {
    KeyUsage::InBucket here{.bucket = bucket->value.name};
    for (uint32_t shard = 0; shard < bucket->value.shards; ++shard) {
      const store::Partition in = bucket->value.shard(shard);
      CO_TRY(const int64_t objects,
             co_await store_.meta().sum(in, usage_counter(under, "objects")));
      CO_TRY(const int64_t bytes, co_await store_.meta().sum(in, usage_counter(under, "bytes")));
      here.objects += objects;
      here.bytes += bytes;
    }
    if (here.objects != 0) out.buckets.push_back(std::move(here));
  }
  std::sort(out.buckets.begin(), out.buckets.end(),
            [](const auto& a, const auto& b) { return a.bucket < b.bucket; });
  co_return out;
}

}  // namespace coffer::s3
