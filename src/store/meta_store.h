#pragma once
// MetaStore keeps rows: ordered, transactional within a partition, durable. It is the one contract
// that the embedded engine (RocksDB) and RADOS omap both serve; store/testing/contract_test.cc is
// its meaning, held against every engine and twin.
//
// Threads: every method may be called from any thread; a Task resumes on the executor that asked.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"
#include "store/blob_ref.h"
#include "store/sealed_bytes.h"

namespace coffer::store {

// Partition names a set of rows that commit together: "account/123456789012", "names/07",
// "index/<instance>/<shard>", "audit/<writer>". 1..200 bytes of [A-Za-z0-9/._-].
struct Partition {
  std::string name;
  friend bool operator==(const Partition&, const Partition&) = default;
  friend auto operator<=>(const Partition&, const Partition&) = default;
};

// Bounds every caller keeps and every engine checks.
constexpr size_t kRowValueMax = 1 << 20;       // a value has 1 byte..1 MiB, never none
constexpr size_t kRowKeyMax = 3 * 1024;        // a key has 1..3,072 bytes
constexpr size_t kGuardedValueMax = 4 * 1024;  // of an Expect
constexpr size_t kBatchRowsMax = 4096;
constexpr size_t kBatchBytesMax = 4 << 20;
constexpr size_t kInlineBodyMax = 17 * 1024;  // a sealed body of 16 KiB plaintext fits

struct Row {
  std::string key;
  Bytes value;
};
// Expect guards a commit: the row's exact bytes as the caller read them, or absent (nullopt).
struct Expect {
  std::string key;
  std::optional<Bytes> value;
};
// Add changes a counter; it commutes and never conflicts. Counters have names of their own, apart
// from row keys.
struct Add {
  std::string counter;
  int64_t delta;
};
// BodyRow is an inline object body; bodies lie apart from rows, so that listing never drags them
// along.
struct BodyRow {
  std::string key;
  SealedBytes value;
};

// Batch is all or nothing within one partition. It owns every byte. Deletes apply before puts,
// unlinks before links. A link of a blob that does not exist any more is kUnavailable.
struct Batch {
  Partition in;
  std::vector<Expect> expect;
  std::vector<Row> puts;
  std::vector<std::string> deletes;
  std::vector<BodyRow> bodies;
  std::vector<std::string> body_deletes;
  std::vector<Add> adds;
  // Blobs that this commit makes reachable, and those it makes garbage: the engine accounts for the
  // space in the same transaction and frees a garbage blob after the longest response allowed
  // (kGarbageDelayMs) and after the last reader lets go.
  std::vector<BlobRef> links, unlinks;
};
constexpr int64_t kGarbageDelayMs = 15 * 60 * 1000;

enum class Commit : uint8_t {
  kDone,         // durable
  kConflict,     // an Expect does not hold; nothing was applied
  kBusy,         // over budget; nothing was applied; try again
  kFull,         // no space; nothing was applied
  kUnavailable,  // nothing was applied
  kUnknown,      // may have been applied: the caller re-reads
};

// Range is [from, to) in byte order; an empty `to` means the end of the partition. prefix_range
// covers one prefix.
struct Range {
  std::string from, to;
};
Range prefix_range(std::string_view prefix);
// after_prefix is the least key greater than every key that begins with `prefix`; empty where there
// is none.
std::string after_prefix(std::string_view prefix);

struct ScanMax {
  size_t rows = 1000;      // 1..4096
  size_t bytes = 1 << 20;  // stops after the row that passes it
};
struct Page {
  std::vector<Row> rows;  // byte order; one page is one snapshot, two pages are not
  bool more = false;      // the range may hold further rows after the last one
};

struct Lease {
  std::string name;
  uint64_t epoch =
      0;  // grows with every holder: goes into an Expect, so that a late holder's commit fails
  int64_t expires_ms = 0;  // monotonic
};

// Change is what a watcher learns: the partition and the row keys of a commit, after it is durable
// and before its answer. The call comes from the engine's own thread: it returns soon and does not
// wait for the store.
using ChangeFn = std::function<void(const Partition&, const std::vector<std::string>& keys)>;
// Subscription ends when destroyed; no call is under way after that.
class Subscription {
 public:
  virtual ~Subscription() = default;
};

class MetaStore {
 public:
  virtual ~MetaStore() = default;

  // try_get answers from memory alone and never blocks; nullopt: not to be had without waiting, use
  // get.
  virtual std::optional<Result<std::optional<Bytes>>> try_get(const Partition& p,
                                                              std::string_view key) = 0;
  virtual Task<Result<std::optional<Bytes>>> get(Partition p, std::string key) = 0;
  virtual std::optional<Result<std::optional<SealedBytes>>> try_get_body(const Partition& p,
                                                                         std::string_view key) = 0;
  virtual Task<Result<std::optional<SealedBytes>>> get_body(Partition p, std::string key) = 0;
  virtual Task<Result<Page>> scan(Partition p, Range range, ScanMax max) = 0;
  // scan_bodies is for fsck and migration: the keys and sealed bytes of inline bodies, in byte
  // order.
  virtual Task<Result<Page>> scan_bodies(Partition p, Range range, ScanMax max) = 0;
  virtual Task<Result<int64_t>> sum(Partition p, std::string counter) = 0;
  // counters answers those that are not zero, in byte order.
  virtual Task<Result<std::vector<std::pair<std::string, int64_t>>>> counters(
      Partition p, std::string prefix) = 0;

  // commit is durable on kDone. Once called it cannot be cancelled: a vanished caller changes
  // nothing but the answer. Within a partition, the order of effects is the order of the answers. A
  // batch outside the bounds is a broken invariant (CHECK).
  virtual Task<Commit> commit(Batch batch) = 0;

  // drop removes every row, body and counter of the partition. Idempotent and resumable; not one
  // commit: who must not see it half done fences the partition first. Its blobs are untouched:
  // unlink them before.
  virtual Task<Status> drop(Partition p) = 0;
  virtual Task<Result<std::vector<Partition>>> partitions(
      std::string prefix) = 0;  // those that hold a row, in byte order

  virtual Task<Result<std::optional<Lease>>> lease(
      std::string name, int64_t ttl_ms) = 0;  // nullopt: another holds it
  // renew prolongs a lease that is still held, under the same epoch; nullopt: it expired, or
  // another holds it.
  virtual Task<Result<std::optional<Lease>>> renew(Lease lease, int64_t ttl_ms) = 0;
  virtual Task<Status> release(Lease lease) = 0;
  virtual std::unique_ptr<Subscription> watch(std::string partition_prefix, ChangeFn fn) = 0;
};

// error_of is how a commit that did not succeed reads to a client; kConflict and kUnknown are the
// caller's to handle first.
Error error_of(Commit outcome);

}  // namespace coffer::store
