// RenameObject: an object moves from one key to another of its bucket in one commit; its content,
// keys and dates stay. What a client's token named is kept for an hour, in the same commit: the
// same rename again answers the same, another one under that token is refused. Source: S3 API
// Reference, RenameObject; spec/s3.md C.6.
#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"
#include "s3/errors.h"
#include "s3/object/index.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 64;
constexpr uint8_t kVersion = 1;
constexpr int64_t kTokenLifeMs = 60 * 60 * 1000;  // (unverified)

std::string token_row(std::string_view token) {
  return "n/" + std::string(crypto::sha256(token).view());
}
// end_row orders the tokens' rows by their age.
std::string end_row(UnixMs made_ms, std::string_view token_row) {
  Writer w;
  w.raw("e/").u64(static_cast<uint64_t>(made_ms)).raw(token_row.substr(2));
  return w.take();
}

struct Done {
  Hash256 what{};
  UnixMs made_ms = 0;
};
Bytes encode_done(const Done& d) {
  return Writer().u8(kVersion).raw(d.what.view()).u64(static_cast<uint64_t>(d.made_ms)).take();
}
Result<Done> decode_done(ByteView bytes) {
  Reader r(bytes);
  Done out;
  const uint8_t version = r.u8();
  out.what = r.fixed<Hash256>();
  out.made_ms = static_cast<UnixMs>(r.u64());
  if (!r.done() || version != kVersion) return internal_error("rename row: malformed");
  return out;
}
}  // namespace

Task<Result<bool>> Index::renamed_before(const Bucket& bucket, std::string row, Hash256 what) {
  CO_TRY(auto raw, co_await meta().get(bucket.shard(0), row));
  if (!raw) co_return false;
  CO_TRY(const Bytes plain, open_row(bucket, row, *raw));
  CO_TRY(const Done done, decode_done(plain));
  if (done.what != what)
    co_return Error{"IdempotencyParameterMismatch",
                    "Parameters on this idempotent request are inconsistent with parameters used "
                    "in previous request(s)."};
  co_return true;
}

Task<Status> Index::rename(BucketPtr bucket, Renaming r) {
  const Bucket& b = bucket->value;
  CHECK(b.shards == 1);
  const std::string from = head_row(r.source), to = head_row(r.target), token = token_row(r.token);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    if (!live(bucket)) co_return no_such_bucket(b.name);
    CO_TRY(const bool before, co_await renamed_before(b, token, r.what));
    if (before) co_return ok_status();
    CO_TRY(auto source, co_await head(bucket, r.source));
    if (!source) co_return no_such_key(r.source);
    CO_TRY(auto target, co_await head(bucket, r.target));
    CO_TRY_OK(r.judge_source(source));
    CO_TRY_OK(r.judge_target(target));
    const Done done{.what = r.what, .made_ms = d_.clock.business_ms()};
    Head moved = source->head;
    ++moved.generation;
    store::Batch batch = begin(b, r.source, from, source);
    batch.expect.push_back({to, target ? std::optional<Bytes>(target->raw) : std::nullopt});
    batch.expect.push_back({token, std::nullopt});
    if (target) {
      auto added = co_await add_removal(batch, bucket, r.target, target->head);
      if (!added && gone(added.error())) continue;
      if (!added) co_return std::move(added.error());
    }
    CO_TRY(Bytes sealed, seal_head(b, to, moved));
    batch.deletes.push_back(from);
    batch.puts.push_back({to, std::move(sealed)});
    batch.puts.push_back({token, seal_row(b, token, encode_done(done))});
    batch.puts.push_back({end_row(done.made_ms, token), "1"});
    const store::Commit outcome = co_await meta().commit(std::move(batch));
    if (outcome == store::Commit::kDone) co_return ok_status();
    if (outcome == store::Commit::kFull || outcome == store::Commit::kUnavailable)
      co_return store::error_of(outcome);
  }
  co_return slow_down();
}

Task<Result<size_t>> Index::forget_renames(BucketPtr bucket, size_t max) {
  const Bucket& b = bucket->value;
  store::Range due = store::prefix_range("e/");
  due.to = end_row(std::max<UnixMs>(d_.clock.business_ms() - kTokenLifeMs, 0), "n/");
  CO_TRY(store::Page page, co_await meta().scan(b.shard(0), due, {.rows = max}));
  if (page.rows.empty()) co_return size_t{0};
  store::Batch batch;
  batch.in = b.shard(0);
  for (const store::Row& row : page.rows) {
    batch.deletes.push_back(row.key);
    batch.deletes.push_back("n/" + row.key.substr(2 + sizeof(uint64_t)));
  }
  const store::Commit outcome = co_await meta().commit(std::move(batch));
  if (outcome != store::Commit::kDone && outcome != store::Commit::kUnknown)
    co_return store::error_of(outcome);
  co_return page.rows.size();
}

}  // namespace coffer::s3
