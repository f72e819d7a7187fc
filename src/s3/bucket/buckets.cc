#include "s3/bucket/buckets.h"

#include <boost/asio/steady_timer.hpp>

#include "base/encoding.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 16;
constexpr int64_t kSharedKeyLifeMs = 5 * 60 * 1000;

Error not_empty(const Bucket& bucket) {
  return Error{"BucketNotEmpty",
               bucket.versioning == Versioning::kNever
                   ? "The bucket you tried to delete is not empty"
                   : "The bucket you tried to delete is not empty. You must delete all versions in "
                     "the bucket."}
      .with("BucketName", bucket.name);
}

std::string head_key(std::string_view name) { return "b/" + std::string(name); }
std::string policy_key(std::string_view name) { return "p/" + std::string(name); }
std::string configurations_key(std::string_view name) { return "c/" + std::string(name); }
Task<void> pause(int attempt) {
  asio::steady_timer timer(co_await asio::this_coro::executor,
                           std::chrono::milliseconds(1 << std::min(attempt, 6)));
  co_await timer.async_wait(asio::use_awaitable);
}

std::string shared_key_prefix(std::string_view name) { return "k/" + std::string(name) + "/"; }
}  // namespace

store::Partition Buckets::partition_of(std::string_view name) const {
  return {fmt::format("names/{:02x}", crypto::sha256(name)[0])};
}

Bytes Buckets::aad(std::string_view name) const { return "bucket/" + std::string(name); }

BucketPtr Buckets::find(std::string_view name) const {
  BucketPtr p = map_.find("", name);
  return p && p->value.state == BucketState::kLive ? p : nullptr;
}

std::vector<BucketPtr> Buckets::all() const { return in_state(true); }

std::vector<BucketPtr> Buckets::in_state(bool live) const {
  std::vector<BucketPtr> out;
  std::string after;
  for (;;) {
    auto page = map_.list("", after, 1000);
    for (auto& [name, p] : page)
      if ((p->value.state == BucketState::kLive) == live) out.push_back(p);
    if (page.size() < 1000) return out;
    after = page.back().first;
  }
}

std::vector<BucketPtr> Buckets::list(std::string_view owner) const {
  std::vector<BucketPtr> out = all();
  std::erase_if(out, [&](const BucketPtr& p) { return p->value.owner != owner; });
  return out;
}

Task<Result<BucketPtr>> Buckets::reread(std::string name) {
  store::MetaStore& meta = d_.store.meta();
  CO_TRY(auto raw, co_await meta.get(partition_of(name), head_key(name)));
  if (!raw) {
    map_.erase("", name);
    co_return BucketPtr();
  }
  CO_TRY(auto sealed_policy, co_await meta.get(partition_of(name), policy_key(name)));
  CO_TRY(auto sealed_configurations,
         co_await meta.get(partition_of(name), configurations_key(name)));
  CO_TRY(Bytes head, d_.seal.open(aad(name), *raw));
  Bytes policy;
  if (sealed_policy) {
    CO_TRY(policy, d_.seal.open(aad(name) + "/policy", *sealed_policy));
  }
  Bytes configurations;
  if (sealed_configurations) {
    CO_TRY(configurations, d_.seal.open(aad(name) + "/configurations", *sealed_configurations));
  }
  CO_TRY(Bucket bucket, decode_bucket(head, policy, configurations));
  co_return map_.put("", name, std::move(bucket), std::move(*raw));
}

// write commits `bucket` in place of `before`. Answers null where the record was changed by
// somebody else meanwhile.
Task<Result<BucketPtr>> Buckets::write(const BucketPtr& before, Bucket bucket,
                                       audit::Draft* draft) {
  store::Batch batch;
  std::string name = bucket.name;
  batch.in = partition_of(name);
  batch.expect.push_back(
      {head_key(name), before ? std::optional<Bytes>(before->raw) : std::nullopt});
  bucket.generation = before ? before->value.generation + 1 : 1;
  Bytes raw = d_.seal.seal(aad(name), encode_bucket(bucket));
  batch.puts.push_back({head_key(name), raw});
  if (raw.size() > store::kGuardedValueMax)
    co_return Error{"InvalidArgument", "The bucket's configuration is too large."};
  Bytes policy = encode_bucket_policy(bucket);
  if (policy.empty())
    batch.deletes.push_back(policy_key(name));
  else
    batch.puts.push_back({policy_key(name), d_.seal.seal(aad(name) + "/policy", policy)});
  Bytes configurations = encode_bucket_configurations(bucket);
  if (configurations.empty())
    batch.deletes.push_back(configurations_key(name));
  else
    batch.puts.push_back(
        {configurations_key(name), d_.seal.seal(aad(name) + "/configurations", configurations)});
  if (draft) batch.puts.push_back(draft->row(batch.in));
  store::Commit outcome = co_await d_.store.meta().commit(std::move(batch));
  if (outcome == store::Commit::kDone)
    co_return map_.put("", name, std::move(bucket), std::move(raw));
  if (draft) draft->unused();
  if (outcome == store::Commit::kUnknown) {
    CO_TRY(BucketPtr now, co_await reread(name));
    if (now && now->raw == raw) {
      if (draft) draft->row(partition_of(name));
      co_return now;
    }
    co_return BucketPtr();
  }
  if (outcome == store::Commit::kConflict) {
    CO_TRY_OK(co_await reread(name));
    co_return BucketPtr();
  }
  co_return store::error_of(outcome);
}

Task<Status> Buckets::fence(const Bucket& bucket, bool open) {
  for (uint32_t i = 0; i < bucket.shards; ++i) {
    for (int attempt = 0;; ++attempt) {
      store::Batch batch;
      batch.in = bucket.shard(i);
      store::Row row = bucket.fence_row();
      if (open)
        batch.puts.push_back(std::move(row));
      else
        batch.deletes.push_back(std::move(row.key));
      store::Commit outcome = co_await d_.store.meta().commit(std::move(batch));
      if (outcome == store::Commit::kDone) break;
      if (attempt == kAttemptsMax) co_return store::error_of(outcome);
      co_await pause(attempt);
    }
  }
  co_return ok_status();
}

Task<Result<BucketPtr>> Buckets::create(Bucket bucket, audit::Draft& draft) {
  const auto turn = co_await turns_.take(bucket.name);
  bucket.instance = d_.random.id128();
  bucket.shards = bucket.rules().one_shard ? 1 : d_.shards;
  bucket.created_ms = d_.clock.business_ms();
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(BucketPtr there, co_await reread(bucket.name));
    if (there && there->value.state != BucketState::kLive) {
      CO_TRY_OK(co_await recover(there));
      continue;
    }
    if (there && there->value.owner == bucket.owner)
      co_return Error{
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it."}
          .with("BucketName", bucket.name);
    if (there)
      co_return Error{"BucketAlreadyExists",
                      "The requested bucket name is not available. The bucket namespace is shared "
                      "by all users of the system. "
                      "Please select a different name and try again."}
          .with("BucketName", bucket.name);
    bucket.state = BucketState::kCreating;
    CO_TRY(BucketPtr begun, co_await write(nullptr, bucket, nullptr));
    if (!begun) continue;
    CO_TRY_OK(co_await fence(bucket, true));
    bucket.state = BucketState::kLive;
    CO_TRY(BucketPtr live, co_await write(begun, bucket, &draft));
    if (live) co_return live;
  }
  co_return slow_down();
}

Task<Result<bool>> Buckets::is_empty(const Bucket& bucket) {
  for (uint32_t i = 0; i < bucket.shards; ++i) {
    for (std::string_view prefix : {"h/", "v/", "u/"}) {
      if (prefix == "u/" && !bucket.rules().uploads_keep_it) continue;
      CO_TRY(store::Page page, co_await d_.store.meta().scan(
                                   bucket.shard(i), store::prefix_range(prefix), {.rows = 1}));
      if (!page.rows.empty()) co_return false;
    }
  }
  co_return true;
}

Task<Status> Buckets::finish_removal(BucketPtr bucket, audit::Draft* draft) {
  if (purge) {
    CO_TRY_OK(co_await purge(bucket));
  }
  for (uint32_t i = 0; i < bucket->value.shards; ++i) {
    CO_TRY_OK(co_await d_.store.meta().drop(bucket->value.shard(i)));
  }
  const std::string name = bucket->value.name;
  CO_TRY_OK(co_await drop_shared_keys(name));
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    store::Batch batch;
    batch.in = partition_of(name);
    batch.expect.push_back({head_key(name), bucket->raw});
    batch.deletes = {head_key(name), policy_key(name), configurations_key(name)};
    if (draft) batch.puts.push_back(draft->row(batch.in));
    store::Commit outcome = co_await d_.store.meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) {
      map_.erase("", name);
      co_return ok_status();
    }
    const BucketState was = bucket->value.state;
    CO_TRY(BucketPtr now, co_await reread(name));
    if (!now || now->value.instance != bucket->value.instance)
      co_return ok_status();  // gone, by this commit or another's
    if (draft) draft->unused();
    if (now->value.state != was) co_return slow_down();  // somebody else made it live: it is theirs
    bucket = now;
  }
  co_return slow_down();
}

Task<Status> Buckets::drop_shared_keys(std::string name) {
  for (;;) {
    CO_TRY(store::Page page,
           co_await d_.store.meta().scan(
               partition_of(name), store::prefix_range(shared_key_prefix(name)), {.rows = 1000}));
    if (page.rows.empty()) co_return ok_status();
    store::Batch batch;
    batch.in = partition_of(name);
    for (const store::Row& row : page.rows) batch.deletes.push_back(row.key);
    const store::Commit outcome = co_await d_.store.meta().commit(std::move(batch));
    if (outcome != store::Commit::kDone && outcome != store::Commit::kUnknown)
      co_return store::error_of(outcome);
  }
}

Task<Status> Buckets::remove(std::string name, Id128 instance, audit::Draft& draft) {
  const auto turn = co_await turns_.take(name);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(BucketPtr bucket, co_await reread(name));
    if (!bucket || bucket->value.instance != instance) co_return no_such_bucket(name);
    if (bucket->value.state == BucketState::kCreating) {
      CO_TRY_OK(co_await recover(bucket));
      continue;
    }
    // A look before anything is closed: readers of a bucket that is not empty notice nothing.
    CO_TRY(bool seems_empty, co_await is_empty(bucket->value));
    if (!seems_empty && bucket->value.state == BucketState::kLive)
      co_return not_empty(bucket->value);
    Bucket next = bucket->value;
    next.state = BucketState::kDeleting;
    CO_TRY(BucketPtr deleting, co_await write(bucket, next, nullptr));
    if (!deleting) continue;
    CO_TRY_OK(co_await fence(next, false));
    CO_TRY(bool empty, co_await is_empty(next));
    if (empty) co_return co_await finish_removal(deleting, &draft);
    CO_TRY_OK(co_await fence(next, true));
    next.state = BucketState::kLive;
    CO_TRY(BucketPtr live, co_await write(deleting, next, nullptr));
    if (!live) continue;
    co_return not_empty(live->value);
  }
  co_return slow_down();
}

Task<Status> Buckets::change(std::string name, Id128 instance, std::function<Status(Bucket&)> edit,
                             audit::Draft& draft) {
  const auto turn = co_await turns_.take(name);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    BucketPtr bucket = find(name);
    if (!bucket || bucket->value.instance != instance) co_return no_such_bucket(name);
    Bucket next = bucket->value;
    CO_TRY_OK(edit(next));
    CO_TRY(BucketPtr done, co_await write(bucket, std::move(next), &draft));
    if (done) co_return ok_status();
  }
  co_return slow_down();
}

// recover finishes what a crash interrupted: a bucket half made becomes nothing, one half deleted
// is deleted or comes back.
Task<Status> Buckets::recover(BucketPtr bucket) {
  if (bucket->value.state == BucketState::kCreating)
    co_return co_await finish_removal(bucket, nullptr);
  CO_TRY_OK(co_await fence(bucket->value, false));
  CO_TRY(bool empty, co_await is_empty(bucket->value));
  if (empty) co_return co_await finish_removal(bucket, nullptr);
  CO_TRY_OK(co_await fence(bucket->value, true));
  Bucket next = bucket->value;
  next.state = BucketState::kLive;
  CO_TRY_OK(co_await write(bucket, std::move(next), nullptr));
  co_return ok_status();
}

Task<Status> Buckets::load() {
  CO_TRY(auto partitions, co_await d_.store.meta().partitions("names/"));
  for (const store::Partition& p : partitions) {
    store::Range range = store::prefix_range("b/");
    for (;;) {
      CO_TRY(store::Page page, co_await d_.store.meta().scan(p, range, {}));
      for (const store::Row& row : page.rows) CO_TRY_OK(co_await reread(row.key.substr(2)));
      if (!page.more) break;
      range.from = page.rows.back().key + '\0';
    }
  }
  co_return co_await recover_unfinished();
}

Task<Status> Buckets::recover_unfinished() {
  for (const BucketPtr& seen : in_state(false)) {
    const std::string name = seen->value.name;
    const auto turn = co_await turns_.take(name);
    CO_TRY(BucketPtr bucket, co_await reread(name));
    if (!bucket || bucket->value.state == BucketState::kLive) continue;
    log::info("bucket.recover", {{"bucket", name}});
    CO_TRY_OK(co_await recover(bucket));
  }
  co_return ok_status();
}

Task<Bytes> Buckets::shared_bucket_key(BucketPtr bucket, Hash256 which) {
  std::string key = shared_key_prefix(bucket->value.name) + hex(which.view());
  auto row = co_await d_.store.meta().get(partition_of(bucket->value.name), key);
  if (!row || !*row) co_return Bytes();
  Reader r(**row);
  uint8_t version = r.u8();
  Id128 instance = r.fixed<Id128>();
  UnixMs made_ms = UnixMs(r.u64());
  Bytes blob(r.bytes());
  UnixMs now = d_.clock.business_ms();
  if (version != 1 || !r.done() || instance != bucket->value.instance ||
      now - made_ms > kSharedKeyLifeMs || made_ms > now)
    co_return Bytes();
  co_return blob;
}

Task<Unit> Buckets::share_bucket_key(BucketPtr bucket, Hash256 which, Bytes ciphertext) {
  Writer w;
  w.u8(1)
      .raw(bucket->value.instance.view())
      .u64(uint64_t(d_.clock.business_ms()))
      .bytes(ciphertext);
  store::Batch batch;
  batch.in = partition_of(bucket->value.name);
  batch.expect.push_back(
      {head_key(bucket->value.name), bucket->raw});  // never a row of a bucket that is gone
  batch.puts.push_back({shared_key_prefix(bucket->value.name) + hex(which.view()), w.take()});
  // Where it fails the next writer makes another key: nothing but a call is lost.
  (void)co_await d_.store.meta().commit(std::move(batch));
  co_return Unit{};
}

}  // namespace coffer::s3
