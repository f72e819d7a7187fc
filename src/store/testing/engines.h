#pragma once
// Engines opens every engine and twin alike, for tests.
#include <filesystem>
#include <memory>
#include <string>

#include "base/fault.h"
#include "store/store.h"

namespace coffer::store::testing {

// Loop lends an event loop that is never destroyed: an executor outlives every thread that may
// still be posting to it.
class Loop {
 public:
  Loop();
  ~Loop();
  asio::io_context& get() { return *loop_; }

 private:
  asio::io_context* loop_;
};

template <class T>
Task<void> deliver(Task<T> task, std::optional<T>& out) {
  out.emplace(co_await std::move(task));
}
// wait_for runs `task` on an event loop of its own. T needs no default constructor.
template <class T>
T wait_for(Task<T> task) {
  Loop loop;
  std::optional<T> out;
  asio::co_spawn(loop.get(), deliver(std::move(task), out), [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  });
  loop.get().run();
  return std::move(*out);
}

inline SealedBytes sealed(Bytes bytes) { return BlobAccess::make(std::move(bytes)); }

class TempDir {
 public:
  TempDir();
  ~TempDir();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Bench holds what a store needs and outlives it.
class Bench {
 public:
  explicit Bench(std::string engine);
  ~Bench() {
    fault::disarm();
    if (store && engine == "rados") (void)wait_for(store->reset());
    store.reset();
    pool.join();
  }
  void reopen();  // closes and opens what is durable; else nothing
  bool durable() const { return engine == "embedded" || engine == "rados"; }
  EmbeddedOptions options() const;
  RadosOptions rados_options() const;  // a store of this bench's own in the pool "coffer"

  const std::string engine;
  TempDir dir;
  mutable ManualClock clock{1'700'000'000'000};
  mutable SeededRandom random{7};
  mutable WorkPool pool{2};
  std::unique_ptr<Store> store;
};

// has_cluster tells whether COFFER_TEST_CEPH_CONF names a cluster for the engine "rados".
bool has_cluster();

// write_blob writes `bytes` in pieces of `piece`; `hint` as for create.
Task<Result<BlobRef>> write_blob(BlobStore& blobs, Bytes bytes, size_t piece,
                                 std::optional<uint64_t> hint);
Bytes noise(uint64_t seed, size_t size);
Commit commit(MetaStore& meta, Batch batch);

}  // namespace coffer::store::testing
