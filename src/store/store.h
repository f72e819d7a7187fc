#pragma once
// Store is an opened engine: its rows and its blobs.
#include <map>
#include <memory>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_store.h"
#include "store/meta_store.h"

namespace coffer::store {

struct Store {
  virtual ~Store() = default;
  virtual MetaStore& meta() = 0;
  virtual BlobStore& blobs() = 0;
  // reset removes every row and blob. Test mode only.
  virtual Task<Status> reset() = 0;
  // store_id is drawn at creation and never changes: 16 lower hex digits of DIR/FORMAT.
  virtual const std::string& store_id() const = 0;
  // a failed fsync or a torn log: nothing more is answered; the callback ends the process.
  virtual void on_fatal(std::function<void(std::string what)> fn) = 0;
};

struct EmbeddedOptions {
  std::string data_dir;
  std::map<std::string, std::string>
      zones;  // zone ID -> directory; a relative one lies under data_dir
  Clock* clock = nullptr;
  Random* random = nullptr;
  WorkPool* pool = nullptr;
  size_t block_cache_bytes = 256 << 20;
  size_t memtable_bytes = 64 << 20;
  size_t segment_bytes = 64 << 20;
  uint64_t reserve_bytes = 2ull << 30;  // the watermark: 5% of the disk or this, whichever is less
  std::string new_id;                   // of a store that is made: 16 lower hex digits; else drawn
};
// open_embedded opens or makes the store under data_dir, which it locks. Errors in a sentence for
// the operator: locked by another process, a newer format, a damaged FORMAT file.
Result<std::unique_ptr<Store>> open_embedded(EmbeddedOptions options);

struct RadosOptions {
  // What is the gateway's own: DIR/FORMAT binds it to the store, DIR/LOCK keeps a second process
  // out. Empty: nothing is kept.
  std::string data_dir;
  std::string conf;             // the cluster's ceph.conf
  std::string pool_name;        // a replicated pool, which exists
  std::string user = "admin";   // client.USER
  std::string name = "coffer";  // of the store within the pool
  std::vector<std::string> zones;
  Clock* clock = nullptr;
  Random* random = nullptr;
  WorkPool* pool = nullptr;
  std::string new_id;  // as EmbeddedOptions's
};
// open_rados opens or makes the store in a pool and holds it alone; it waits up to 20 s for a
// gateway that died elsewhere, and shuts its late writes out. Errors in a sentence for the
// operator: no answer within 15 s, no such pool, another format, another store than DIR/FORMAT
// names, held by another gateway; also where the build has no librados. It blocks: never on an
// event loop.
Result<std::unique_ptr<Store>> open_rados(RadosOptions options);

// make_memory is the twin in memory: same promises, nothing durable.
std::unique_ptr<Store> make_memory(Clock& clock, Random& random);

// make_faulty wraps a store and, from a printed seed, answers kConflict and kUnknown (half of them
// applied) at the given rates.
struct FaultRates {
  double conflict = 0.05, unknown = 0.01;  // kConflict only for a batch with an Expect
  uint64_t seed = 1;
  double append = 0, read = 0;  // InternalError of a blob's append and read
};
std::unique_ptr<Store> make_faulty(std::unique_ptr<Store> inner, FaultRates rates);

}  // namespace coffer::store
