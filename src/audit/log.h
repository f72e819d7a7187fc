#pragma once
// Log is the local audit log: append-only files whose records are chained by hash. Answers to
// clients wait for append, so what was answered is on record.
#include <chrono>
#include <memory>

#include "audit/event.h"
#include "base/result.h"
#include "base/task.h"
#include "seal/domain_keys.h"
#include "store/meta_store.h"

namespace coffer::audit {

struct Query;
struct Finding;

// Checkpoint names one record of the log for good: kept elsewhere, it tells whether the log still
// holds everything up to there.
struct Checkpoint {
  Id128 log{};
  uint64_t sequence = 0;  // of the last record; 0: the log has none
  Hash256 chain{};        // that record's hash; of the file's header where it has none
  UnixMs time_ms = 0;
};

class Log {
 public:
  struct Options {
    std::string dir;  // DIR/audit
    size_t file_bytes_max = 64 << 20;
    int64_t sync_ms = 100;      // at most this long after a record is written it is on the device
    size_t queue_max = 100000;  // over it append answers ServiceUnavailable: key use stops rather
                                // than going unrecorded
    int64_t drain_ms = 50;  // drained outbox rows are removed together, this long after the first
  };
  // open reads the tail of the log and verifies it, cuts off a torn last record (never an earlier
  // one), and starts the writer thread.
  static Result<std::unique_ptr<Log>> open(Options options, store::MetaStore& meta,
                                           seal::DomainKeys& keys, Clock& clock, Random& random);
  ~Log();

  // append answers once the record has been handed to the kernel (write(2)), so that kill -9 loses
  // none; joined with others.
  Task<Status> append(Event event);
  // append_later does not wait: for refusals of data events and for counted samples. Dropped and
  // counted where the queue is full.
  void append_later(Event event);

  // outbox_row is the row that a service puts into its own commit for a change: key "o/<event id>".
  // When the commit is done the dispatcher calls drain, which appends the event and then removes
  // the row: it answers once the event is appended, and removes rows later, many in one commit,
  // once the log has them on the device. recover does so at start, before any request, for the rows
  // that were left behind, once each.
  store::Row outbox_row(Event& event);
  Task<Status> drain(store::Partition in, Event event);
  Task<Status> recover();
  // stop_removals lets no further removal begin and waits for those that are in the store: their
  // coroutines must not outlive it. The loops that they run on still run. False: one was still
  // there after `grace`.
  bool stop_removals(std::chrono::milliseconds grace);

  // find_request answers the records of one request ID, newest first, among the last 16 files.
  // Slow: a thread of its own reads.
  Task<Result<std::vector<Event>>> find_request(std::string request_id);
  // find looks events up in the index: what was appended before is found. A thread of its own
  // reads.
  Task<Result<Finding>> find(Query query);
  std::string new_id() const;      // of an event, or shared by several
  uint64_t next_sequence() const;  // of the record that comes next
  // verify walks the whole chain, holds it against checkpoints, and answers the number of records
  // that the log ever had. The error (AuditLogDamaged) names the file and offset of the first
  // record that does not hold. Records that remove_before took away are known to be gone: a
  // checkpoint among them is passed over.
  Task<Result<uint64_t>> verify(std::vector<Checkpoint> against = {});
  Task<Result<Checkpoint>> checkpoint();
  // remove_before removes whole files, oldest first, whose records are all older than `time_ms` and
  // before `sequence`; what is gone stays on record, so that nobody else's removal passes for it.
  // Answers the number of files.
  Task<Result<size_t>> remove_before(UnixMs time_ms, uint64_t sequence);
  uint64_t records() const;  // since the log began
  void flush();              // sync now; used by stop
  // healthy turns false for good where a write or a sync failed: append answers ServiceUnavailable
  // from then on.
  bool healthy() const;
  Task<Status> reset();  // test mode

 private:
  Log();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Draft is the record of a change under way. The dispatcher makes it; the service adds its row to
// the commit that makes the change, so that there is no change without its record; what committed
// nothing the dispatcher appends itself.
class Draft {
 public:
  Draft(Log& log, Event event) : log_(&log), event(std::move(event)) {}
  // row is called at most once per commit attempt; a retry after kConflict may call it again.
  store::Row row(const store::Partition& in) {
    in_ = in;
    return log_->outbox_row(event);
  }
  bool used() const { return in_.has_value(); }
  void unused() { in_.reset(); }  // the commit did not happen after all
  const store::Partition& partition() const { return *in_; }

 private:
  Log* log_;
  std::optional<store::Partition> in_;

 public:
  Event event;
};

}  // namespace coffer::audit
