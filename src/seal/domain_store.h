#pragma once
// DomainStore is how domain keys are changed: the rows, the root, and the steps that close epochs.
// It waits; what seals is the ring.
//
// Closing destroys keys, so its steps are ordered such that each may be repeated and none loses a
// living key:
//   1. the intent, with the root's generation of that moment, is committed;
//   2. the root begins its next generation;
//   3. every surviving domain key is wrapped anew under it;
//   4. the rows of the closed epochs go;
//   5. the survivors are read back from the store and opened;
//   6. the root destroys the earlier generations;
//   7. the intent goes.
#include <atomic>
#include <memory>
#include <shared_mutex>

#include "seal/key_ring.h"

namespace coffer::seal {

class DomainStore {
 public:
  DomainStore(store::MetaStore& meta, Root& root, Random& random)
      : meta_(meta), root_(root), random_(random) {}

  std::shared_ptr<const KeyRing> ring() const {
    std::shared_lock lock(mutex_);
    return ring_;
  }
  Random& random() const { return random_; }

  Task<Result<bool>> load();  // false: there are no rows
  Task<Status> make_first();  // commits the first epoch of every series where there are no rows
  Task<Status> open_epoch(uint8_t series);
  // close destroys the epochs of `series` before `before`, or none (series 0), and with them the
  // earlier generations of the root.
  Task<Status> close(uint8_t series, uint32_t before);
  Task<Status> finish_closing();  // nothing to do where no closing is under way
  Task<Status> reset();

 private:
  Task<Status> settle();
  Task<Status> load_rows(std::vector<store::Row> rows);
  Task<Result<store::Row>> wrap_row(DomainName name, KeyRing::Key key);
  Task<Status> commit(store::Batch batch, State next);
  Task<Result<bool>> is_applied(
      Bytes next);  // false: the row is still the one we know. Error: it is somebody else's
  Task<Status> renew_root();
  Task<Result<std::vector<store::Row>>> rewrap();
  Task<Status> remove_closed();
  Task<Status> check_survivors(std::vector<store::Row> expected);
  void show(std::shared_ptr<const KeyRing> ring);

  store::MetaStore& meta_;
  Root& root_;
  Random& random_;
  State state_;
  Bytes state_row_;  // empty: there is none
  std::atomic<bool> changing_{false};
  mutable std::shared_mutex mutex_;  // ring_
  std::shared_ptr<const KeyRing> ring_ = std::make_shared<KeyRing>();
};

// scan_seal_rows answers every row of partition "seal".
Task<Result<std::vector<store::Row>>> scan_seal_rows(store::MetaStore& meta);

}  // namespace coffer::seal
