#include "store/embedded/db.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <sys/resource.h>

#include "base/wire.h"
#include "store/embedded/keys.h"

namespace coffer::store::embedded {

constexpr std::string_view kStoreIdKey = "store-id";
constexpr std::string_view kNextIdKey = "next-id";
constexpr std::string_view kLastSegmentKey = "last-segment";
constexpr uint64_t kIdRange = 1 << 20;
constexpr uint64_t kSkippedKeysMax = 2000;

Bytes encode_counter(int64_t value) { return Writer().u64(static_cast<uint64_t>(value)).take(); }

std::optional<int64_t> decode_counter(ByteView bytes) {
  Reader r(bytes);
  auto value = static_cast<int64_t>(r.u64());
  if (!r.done()) return std::nullopt;
  return value;
}

namespace {
class AddOperator : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& delta,
             std::string* sum, rocksdb::Logger*) const override {
    auto a = existing ? decode_counter(existing->ToStringView()) : std::optional<int64_t>(0);
    auto b = decode_counter(delta.ToStringView());
    if (!a || !b) return false;
    *sum =
        encode_counter(static_cast<int64_t>(static_cast<uint64_t>(*a) + static_cast<uint64_t>(*b)));
    return true;
  }
  const char* Name() const override { return "coffer.add.1"; }
};
}  // namespace

static Error db_error(std::string_view what, const rocksdb::Status& status) {
  return internal_error(fmt::format("rocksdb: {}: {}", what, status.ToString()));
}

// A table that is not open is read on the slow path alone: a share of the descriptors keeps those
// of any usual store open, and leaves the rest to connections and segments.
static int open_tables_max() {
  constexpr rlim_t kLeast = 256, kMost = 1 << 20;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kLeast;
  return static_cast<int>(std::clamp(limit.rlim_cur / 4, kLeast, kMost));
}

static rocksdb::DBOptions db_options(const EmbeddedOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.db_write_buffer_size = options.memtable_bytes;
  db.max_total_wal_size = 4 * options.memtable_bytes;
  db.wal_bytes_per_sync = 0;  // the committer syncs, once a group
  db.bytes_per_sync = 1 << 20;
  db.max_background_jobs = 2;
  db.max_open_files = open_tables_max();
  db.avoid_unnecessary_blocking_io = true;
  // What was acknowledged was synced, and lies before any torn tail; damage before the tail is an
  // error, never a silent cut.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  db.keep_log_file_num = 4;
  db.max_log_file_size = 16 << 20;
  return db;
}

static std::vector<rocksdb::ColumnFamilyDescriptor> families(const EmbeddedOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.block_size = 8 << 10;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions rows;
  rows.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rows.write_buffer_size = std::max<size_t>(options.memtable_bytes / 4, 1 << 20);
  rows.compression = rocksdb::kNoCompression;  // nearly all of it is ciphertext
  rocksdb::ColumnFamilyOptions counters = rows;
  counters.merge_operator = std::make_shared<AddOperator>();
  return {{rocksdb::kDefaultColumnFamilyName, rows},
          {"rows", rows},
          {"bodies", rows},
          {"counters", counters},
          {"segments", rows}};
}

Result<std::unique_ptr<Db>> Db::open(const EmbeddedOptions& options, const std::string& store_id) {
  std::unique_ptr<Db> out(new Db);
  rocksdb::DB* raw = nullptr;
  auto status = rocksdb::DB::Open(db_options(options), options.data_dir + "/meta",
                                  families(options), &out->handles_, &raw);
  if (!status.ok())
    return Error{"StoreUnusable", fmt::format("The store in {} cannot be opened: {}.",
                                              options.data_dir, status.ToString())};
  out->db_.reset(raw);
  TRY_OK(out->claim(store_id));
  TRY_OK(out->lease_ids());
  TRY(out->last_segment_, out->number(kLastSegmentKey, 0));
  return out;
}

Db::~Db() {
  if (!db_) return;
  for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  db_->Close();
}

Status Db::claim(const std::string& store_id) {
  TRY(auto known, std::move(*get(Family::kStore, kStoreIdKey, Tier::kDevice)));
  if (known && *known == store_id) return ok_status();
  if (known)
    return Error{"StoreUnusable", fmt::format("FORMAT names store {}, but the data is of store {}.",
                                              store_id, *known)};
  rocksdb::WriteOptions write;
  write.sync = true;
  auto status = db_->Put(write, handle(Family::kStore), kStoreIdKey, store_id);
  return status.ok() ? ok_status() : Status(db_error("claim", status));
}

Result<uint64_t> Db::number(std::string_view key, uint64_t otherwise) const {
  TRY(auto row, std::move(*get(Family::kStore, key, Tier::kDevice)));
  if (!row) return otherwise;
  Reader r(*row);
  uint64_t value = r.u64();
  if (!r.done()) return internal_error(fmt::format("rocksdb: the row {} is damaged", key));
  return value;
}

rocksdb::Status Db::write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.sync = true;
  std::lock_guard lock(write_mutex_);
  return db_->Write(options, &batch);
}

Status Db::put_number(std::string_view key, uint64_t value) {
  rocksdb::WriteBatch batch;
  batch.Put(handle(Family::kStore), key, Writer().u64(value).take());
  const auto status = write(batch);
  if (status.IsNoSpace()) return error_of(Commit::kFull);
  return status.ok() ? ok_status() : Status(db_error(key, status));
}

Status Db::lease_ids() {
  TRY(uint64_t next, number(kNextIdKey, 1));
  TRY_OK(put_number(kNextIdKey, next + kIdRange));
  next_id_ = next;
  ids_end_ = next + kIdRange;
  return ok_status();
}

Result<uint64_t> Db::next_id() {
  std::lock_guard lock(ids_mutex_);
  if (next_id_ == ids_end_) TRY_OK(lease_ids());
  return next_id_++;
}

uint64_t Db::last_id() {
  std::lock_guard lock(ids_mutex_);
  return next_id_ - 1;
}

Result<uint64_t> Db::next_segment() {
  TRY(uint64_t segment, next_id());
  std::lock_guard lock(segments_mutex_);
  if (segment <= last_segment_) return segment;
  // Whoever waits for the lock has its number already: one write serves them all.
  const uint64_t last = last_id();
  TRY_OK(put_number(kLastSegmentKey, last));
  last_segment_ = last;
  return segment;
}

static rocksdb::ReadOptions read_options(Tier tier) {
  rocksdb::ReadOptions read;
  if (tier == Tier::kMemory) {
    read.read_tier = rocksdb::kBlockCacheTier;
    read.max_skippable_internal_keys = kSkippedKeysMax;
  }
  return read;
}

std::optional<Result<std::optional<Bytes>>> Db::get(Family family, std::string_view key,
                                                    Tier tier) const {
  Bytes value;
  auto status = db_->Get(read_options(tier), handle(family), key, &value);
  // RocksDB (7.8) answers OK and no bytes for a key of a table that is not in its table cache,
  // where it may not wait for the device. No value that is read here is empty.
  if (status.ok() && value.empty() && tier == Tier::kMemory) return std::nullopt;
  if (status.ok()) return Result(std::optional<Bytes>(std::move(value)));
  if (status.IsNotFound()) return Result(std::optional<Bytes>());
  if (status.IsIncomplete() && tier == Tier::kMemory) return std::nullopt;
  return Result<std::optional<Bytes>>(db_error("get", status));
}

std::optional<Result<Page>> Db::scan(Family family, const Range& range, ScanMax max,
                                     Tier tier) const {
  auto options = read_options(tier);
  rocksdb::Slice upper(range.to);
  if (!range.to.empty()) options.iterate_upper_bound = &upper;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options, handle(family)));
  Page page;
  size_t bytes = 0;
  for (it->Seek(range.from); it->Valid(); it->Next()) {
    if (page.rows.size() >= max.rows || bytes > max.bytes) {
      page.more = true;
      break;
    }
    page.rows.push_back({it->key().ToString(), it->value().ToString()});
    bytes += rest_of(page.rows.back().key).size() + page.rows.back().value.size();
  }
  if (it->status().ok()) return Result(std::move(page));
  if (it->status().IsIncomplete() && tier == Tier::kMemory) return std::nullopt;
  return Result<Page>(db_error("scan", it->status()));
}

Result<int64_t> Db::counter(std::string_view key) const {
  TRY(auto row, std::move(*get(Family::kCounters, key, Tier::kDevice)));
  if (!row) return int64_t{0};
  auto value = decode_counter(*row);
  if (!value) return internal_error("rocksdb: a counter is damaged");
  return *value;
}

}  // namespace coffer::store::embedded
