// The sweep: rows that a large deletion, an abort or a completion left behind. A note (r/ID) names
// them; it counts its steps, and each step's batch expects the note as read, so that two sweeps
// never release a blob twice.
#include "base/wire.h"
#include "s3/object/index.h"
#include "s3/object/retired.h"

namespace coffer::s3 {

namespace {
constexpr size_t kRowsPerStep = 32;  // of up to 64 extents each

void release(store::Batch& batch, const Extent& e) {
  if (e.in_row)
    batch.body_deletes.push_back(body_row(e.id));
  else
    batch.unlinks.push_back(e.blob);
}

// release_row gives up what one row holds: a row of extents, or an upload's part unless its blob
// became the object's.
Status release_row(store::Batch& batch, const Retired& note, ByteView plain) {
  Reader r(plain);
  if (r.u8() != 1) return internal_error("retired rows: unknown version");
  if (note.kind == Retired::Kind::kExtents) {
    for (size_t i = r.count(50); i > 0; --i) release(batch, decode_extent(r));
    return r.done() ? ok_status() : Status(internal_error("extents row: malformed"));
  }
  const Extent e = decode_extent(r);  // a part row begins with its extent
  if (!r.ok()) return internal_error("part row: malformed");
  if (!note.used(e.part_number)) release(batch, e);
  return ok_status();
}
}  // namespace

bool Retired::used(uint32_t n) const {
  return n / 8 < bitmap.size() && (uint8_t(bitmap[n / 8]) >> (n % 8)) & 1;
}

void Retired::use(uint32_t n) {
  if (bitmap.size() <= n / 8) bitmap.resize(n / 8 + 1);
  bitmap[n / 8] = char(uint8_t(bitmap[n / 8]) | (1u << (n % 8)));
}

Bytes encode_retired(const Retired& note) {
  Writer w;
  w.u8(1).u8(uint8_t(note.kind)).varint(note.step).bytes(note.bitmap);
  return w.take();
}

Result<Retired> decode_retired(ByteView bytes) {
  Reader r(bytes);
  Retired note;
  const uint8_t version = r.u8();
  note.kind = Retired::Kind(r.u8());
  note.step = r.varint();
  note.bitmap = Bytes(r.bytes());
  if (!r.done() || version != 1 ||
      (note.kind != Retired::Kind::kExtents && note.kind != Retired::Kind::kParts))
    return internal_error("retired row: malformed");
  return note;
}

void Index::retire(store::Batch& batch, const Bucket& bucket, const Id128& id,
                   const Retired& note) const {
  const std::string row = retired_row(note.kind == Retired::Kind::kExtents ? 'x' : 'p', id);
  batch.puts.push_back({row, seal_row(bucket, row, encode_retired(note))});
}

Task<Result<size_t>> Index::sweep(BucketPtr bucket, uint32_t shard, size_t max) {
  CO_TRY(store::Page page, co_await meta().scan(bucket->value.shard(shard),
                                                store::prefix_range("r/"), {.rows = max}));
  for (const store::Row& row : page.rows) CO_TRY_OK(co_await sweep_one(bucket, shard, row));
  co_return page.rows.size();
}

Task<Status> Index::sweep_one(BucketPtr bucket, uint32_t shard, store::Row row) {
  const Bucket& b = bucket->value;
  const Id128 id = Id128::from(std::string_view(row.key).substr(3));
  CO_TRY(Bytes opened, open_row(b, row.key, row.value));
  CO_TRY(Retired note, decode_retired(opened));
  const std::string prefix =
      (note.kind == Retired::Kind::kExtents ? "x/" : "p/") + std::string(id.view());
  for (;;) {
    CO_TRY(store::Page page, co_await meta().scan(b.shard(shard), store::prefix_range(prefix),
                                                  {.rows = kRowsPerStep}));
    store::Batch batch;
    batch.in = b.shard(shard);
    batch.expect.push_back({row.key, row.value});
    for (const store::Row& held : page.rows) {
      CO_TRY(Bytes plain, open_row(b, held.key, held.value));
      CO_TRY_OK(release_row(batch, note, plain));
      batch.deletes.push_back(held.key);
    }
    ++note.step;
    const bool last = !page.more;
    if (last) {
      batch.deletes.push_back(row.key);
    } else {
      row.value = seal_row(b, row.key, encode_retired(note));
      batch.puts.push_back(row);
    }
    const store::Commit outcome = co_await meta().commit(std::move(batch));
    if (outcome == store::Commit::kConflict || outcome == store::Commit::kUnknown)
      co_return ok_status();  // the next sweep goes on
    if (outcome != store::Commit::kDone) co_return store::error_of(outcome);
    if (last) co_return ok_status();
  }
}

}  // namespace coffer::s3
