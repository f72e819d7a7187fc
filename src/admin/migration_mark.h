#pragma once
// MigrationMark is what a migration leaves in both stores (docs/formats/migration.md): the source
// is closed from its beginning on, so that no copy is older than what was answered; the target
// opens once it is whole.
#include "base/bytes.h"
#include "store/store.h"

namespace coffer::admin {

inline const store::Partition kMigrationPartition{"migration"};

struct MigrationMark {
  enum class State : uint8_t { kUnderWay = 1, kDone = 2 };
  State state = State::kUnderWay;
  Id128 id{};  // drawn once: both stores have the same
};
Bytes encode(const MigrationMark& mark);
// Error: a version that this program does not know.
Result<MigrationMark> decode_migration_mark(ByteView bytes);

enum class Side : uint8_t { kSource, kTarget };
Task<Result<std::optional<MigrationMark>>> migration_mark(store::MetaStore& meta, Side side);
Task<Status> set_migration_mark(store::MetaStore& meta, Side side, MigrationMark mark);

// may_be_read refuses a target that is not whole; may_be_served also a source. Errors are sentences
// for the operator.
Task<Status> may_be_read(store::MetaStore& meta);
Task<Status> may_be_served(store::MetaStore& meta);
// reopen takes the source's mark away; false: there was none.
Task<Result<bool>> reopen(store::MetaStore& meta);

}  // namespace coffer::admin
