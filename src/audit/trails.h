#pragma once
// Trails keeps every account's trails, in memory and as sealed rows, and works out what each is to
// deliver next. It puts nothing into buckets itself: jobs/ does, through the dispatcher. Threads:
// any; changes of one trail take turns, and so do its deliveries.
#include <atomic>
#include <functional>

#include "audit/log.h"
#include "audit/trail.h"
#include "audit/trail_keys.h"
#include "base/turns.h"
#include "store/record_map.h"

namespace coffer::audit {

// Parcel is one object to put into a trail's bucket.
struct Parcel {
  std::string account, trail, trail_arn, bucket, object;
  Bytes body;             // gzip
  std::string kms_key;    // of a log file; empty: as the bucket says. A digest is always SSE-S3
  std::string signature;  // of a digest, hex
  std::function<void(TrailState&)> after;  // what has come true once it is put
  bool digest() const { return !signature.empty(); }
};

class Trails {
 public:
  struct Deps {
    store::MetaStore& meta;
    seal::DomainKeys& keys;
    Log& log;
    Clock& clock;
    Random& random;
    WorkPool& pool;
  };
  explicit Trails(Deps deps) : d_(deps), signers_(d_.meta, d_.keys, d_.clock, d_.pool) {}

  Task<Status> load();
  void clear();

  // find answers null where the account has no such trail.
  TrailPtr find(std::string_view account, std::string_view name) const;
  std::vector<TrailPtr> list(std::string_view account) const;  // in byte order of name
  std::vector<TrailPtr> all() const;

  // Changes are one commit each, which carries the draft's row. Errors:
  // TrailAlreadyExistsException, MaximumNumberOfTrailsExceededException; TrailNotFoundException;
  // what `edit` answers.
  Task<Result<TrailPtr>> create(TrailConfig config, Draft& draft);
  using Edit = std::function<Status(Trail&)>;
  Task<Result<TrailPtr>> change(std::string account, std::string name, Edit edit, Draft* draft);
  Task<Status> remove(std::string account, std::string name, Draft& draft);
  // start and stop are edits; what was begun is delivered to its end either way.
  Edit start() const;
  Edit stop() const;

  // any_takes_data: a trail of some account is logging and takes data events. takes_data: one of
  // this account is. takes: one of the event's account takes this one.
  bool any_takes_data() const { return data_takers_.load(std::memory_order_relaxed) > 0; }
  bool takes_data(std::string_view account) const;
  bool takes(const Event& event) const;

  TrailKeys& signers() { return signers_; }

  // Deliveries of one trail take turns.
  Task<Turns::Turn> delivery_turn(std::string account, std::string name);
  // next answers what is to be put now; nullopt: nothing. Log files are put when their first event
  // is four minutes old, digests by the hour; `urgent`: what there is. A stretch that was stopped
  // is always urgent, and ends with a final digest.
  Task<Result<std::optional<Parcel>>> next(std::string account, std::string name, bool urgent);
  Task<Status> delivered(Parcel parcel);
  Task<Status> failed(Parcel parcel, std::string code);
  // undelivered is the first record that a trail still has to deliver; UINT64_MAX: none.
  uint64_t undelivered() const;

 private:
  struct Batch;
  Task<Status> write(Trail trail, Draft* draft);
  Task<Result<std::optional<Parcel>>> next_log_file(TrailPtr trail, bool urgent);
  Task<Result<std::optional<Parcel>>> next_digest(TrailPtr trail);
  Task<Result<Batch>> collect(TrailPtr trail, Stretch stretch, bool urgent);
  Parcel addressed_to(const Trail& trail) const;
  void count_takers();

  Deps d_;
  TrailKeys signers_;
  store::RecordMap<Trail> map_;
  Turns turns_, deliveries_;
  std::atomic<size_t> data_takers_{0};
  std::mutex scanned_mutex_;
  std::map<std::string, uint64_t> scanned_;  // trail ARN -> up to where nothing is to be delivered
};

Error trail_not_found(std::string_view account, std::string_view name);

}  // namespace coffer::audit
