#include "admin/migration_mark.h"

#include "base/wire.h"

namespace coffer::admin {

namespace {
constexpr uint8_t kMarkVersion = 1;
constexpr int kTriesMax = 20;

const char* key_of(Side side) { return side == Side::kSource ? "to" : "from"; }
Error refuse(std::string sentence) { return {"StoreUnusable", std::move(sentence)}; }

// commit is for batches that may be applied twice.
Task<Status> commit(store::MetaStore& meta, store::Batch batch) {
  store::Commit outcome = store::Commit::kUnknown;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    outcome = co_await meta.commit(batch);
    if (outcome != store::Commit::kUnknown && outcome != store::Commit::kBusy) break;
  }
  if (outcome != store::Commit::kDone) co_return store::error_of(outcome);
  co_return ok_status();
}
}  // namespace

Bytes encode(const MigrationMark& mark) {
  return Writer().u8(kMarkVersion).u8(uint8_t(mark.state)).raw(mark.id.view()).take();
}

Result<MigrationMark> decode_migration_mark(ByteView bytes) {
  Reader r(bytes);
  if (r.u8() != kMarkVersion)
    return refuse("The mark of a migration is of a version that this program does not know.");
  MigrationMark mark;
  mark.state = MigrationMark::State(r.u8());
  mark.id = r.fixed<Id128>();
  if (!r.done() ||
      (mark.state != MigrationMark::State::kUnderWay && mark.state != MigrationMark::State::kDone))
    return refuse("The mark of a migration is damaged.");
  return mark;
}

Task<Result<std::optional<MigrationMark>>> migration_mark(store::MetaStore& meta, Side side) {
  CO_TRY(auto row, co_await meta.get(kMigrationPartition, key_of(side)));
  if (!row) co_return std::optional<MigrationMark>();
  CO_TRY(MigrationMark mark, decode_migration_mark(*row));
  co_return std::optional(mark);
}

Task<Status> set_migration_mark(store::MetaStore& meta, Side side, MigrationMark mark) {
  store::Batch batch{.in = kMigrationPartition};
  batch.puts.push_back({key_of(side), encode(mark)});
  co_return co_await commit(meta, std::move(batch));
}

Task<Status> may_be_read(store::MetaStore& meta) {
  CO_TRY(auto mark, co_await migration_mark(meta, Side::kTarget));
  if (mark && mark->state != MigrationMark::State::kDone)
    co_return refuse(
        "A migration into this store has not ended: the same 'coffer migrate' once more goes on "
        "with it.");
  co_return ok_status();
}

Task<Status> may_be_served(store::MetaStore& meta) {
  CO_TRY_OK(co_await may_be_read(meta));
  CO_TRY(auto mark, co_await migration_mark(meta, Side::kSource));
  if (!mark) co_return ok_status();
  if (mark->state == MigrationMark::State::kDone)
    co_return refuse(
        "This store was migrated, and what was written since lies in the other one. 'coffer "
        "migrate --reopen' opens this one again.");
  co_return refuse(
      "A migration out of this store has not ended. The same 'coffer migrate' once more goes on "
      "with it, and 'coffer migrate --reopen' gives it up.");
}

Task<Result<bool>> reopen(store::MetaStore& meta) {
  CO_TRY(auto mark, co_await migration_mark(meta, Side::kSource));
  if (!mark) co_return false;
  store::Batch batch{.in = kMigrationPartition};
  batch.deletes.push_back(key_of(Side::kSource));
  CO_TRY_OK(co_await commit(meta, std::move(batch)));
  co_return true;
}

}  // namespace coffer::admin
