#pragma once
// LogWriter is the log's end that grows: a queue, the thread that writes it out, and the thread
// that syncs. Threads: submit, snapshot and flush from any; the callbacks run on the writer's
// thread and may not wait.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "audit/log.h"
#include "audit/log_file.h"

namespace coffer::audit {

// Done is called once: the record was handed to the kernel, or never will be.
class Done {
 public:
  virtual ~Done() = default;
  virtual void call(Status status) = 0;
};

class LogWriter {
 public:
  struct Tail {
    FilePtr file;
    std::string name;
    FileHeader header;
    uint64_t offset = 0;  // where the next record goes
    uint64_t next_sequence = 1;
    Hash256 chain{};
    uint64_t synced = 0;  // of this file
  };

  LogWriter(const Log::Options& options, const seal::DomainKeys& keys, const Clock& clock,
            Random& random)
      : options_(options), keys_(keys), clock_(clock), random_(random) {}
  ~LogWriter();

  // start takes over an open tail, or begins the log's first file where it has none.
  Status start(std::optional<Tail> tail);
  // submit answers false where the queue is full or the log is not healthy; `done` (may be null) is
  // not called then.
  bool submit(Bytes payload, std::unique_ptr<Done>& done);
  Tail snapshot() const;
  bool healthy() const { return healthy_.load(); }
  // written and synced count the records since the log was opened, a reset's included: those that
  // the kernel has, and of them those that are on the device.
  uint64_t written() const { return written_.load(); }
  uint64_t synced() const { return synced_.load(); }
  void flush();    // everything submitted before is written and synced
  Status reset();  // begins anew, without files

 private:
  struct Pending {
    Bytes payload;
    std::unique_ptr<Done> done;
  };
  void write_loop();
  void sync_loop();
  void write_all(std::vector<Pending>& batch);
  Status write_some(std::span<Pending> batch);
  Status begin_file(FileHeader header);
  Status roll();
  void sync_tail();
  bool sync(const File& file);  // false: it, or something before it, failed
  void fail(std::string_view what);
  void stop();

  const Log::Options options_;
  const seal::DomainKeys& keys_;
  const Clock& clock_;
  Random& random_;
  std::atomic<bool> healthy_{true};
  std::atomic<uint64_t> written_{0}, synced_{0};  // changed under tail_mutex_

  std::mutex queue_mutex_;
  std::condition_variable queue_filled_, queue_idle_;
  std::vector<Pending> queue_;
  size_t queue_bytes_ = 0;
  bool writing_ = false, stopping_ = false;

  mutable std::mutex tail_mutex_;
  Tail tail_;

  std::mutex device_mutex_;  // nothing is locked while it is held

  std::mutex sync_mutex_;
  std::condition_variable sync_wanted_;
  bool dirty_ = false, sync_stopping_ = false;

  std::thread writer_, syncer_;
};

Error unavailable();
bool sync_file(const File& file);
Status sync_names(const std::string& dir);

}  // namespace coffer::audit
