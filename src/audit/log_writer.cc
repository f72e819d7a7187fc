#include "audit/log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/counters.h"
#include "base/directories.h"
#include "base/fault.h"
#include "base/log.h"
#include "crypto/digest.h"

namespace coffer::audit {
namespace {

constexpr size_t kWriteBytes = 4 << 20;  // of one write(2)
constexpr size_t kQueueBytesMax = 256 << 20;

bool pwrite_all(int fd, ByteView bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return true;
}

}  // namespace

bool sync_file(const File& file) {
  return !fault::failed("audit.sync") && ::fdatasync(file.fd()) == 0;
}

Error unavailable() {
  return Error{"ServiceUnavailable", "The audit log cannot be written. Please try again."};
}

Status sync_names(const std::string& dir) {
  const int error = sync_directory(dir);
  if (error == 0) return ok_status();
  return internal_error(
      fmt::format("the audit log's directory cannot be synced: {}", std::strerror(error)));
}

LogWriter::~LogWriter() { stop(); }

Status LogWriter::start(std::optional<Tail> tail) {
  if (tail) {
    tail_ = std::move(*tail);
  } else {
    TRY_OK(begin_file({.log = random_.id128(), .made_ms = clock_.wall_ms()}));
  }
  writer_ = std::thread([this] { write_loop(); });
  syncer_ = std::thread([this] { sync_loop(); });
  return ok_status();
}

void LogWriter::stop() {
  if (!writer_.joinable()) return;
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_all();
  writer_.join();
  {
    std::lock_guard lock(sync_mutex_);
    sync_stopping_ = true;
  }
  sync_wanted_.notify_all();
  syncer_.join();
  sync_tail();
}

bool LogWriter::submit(Bytes payload, std::unique_ptr<Done>& done) {
  {
    std::lock_guard lock(queue_mutex_);
    if (!healthy() || stopping_ || queue_.size() >= options_.queue_max ||
        queue_bytes_ + payload.size() > kQueueBytesMax)
      return false;
    queue_bytes_ += payload.size();
    queue_.push_back({std::move(payload), std::move(done)});
    if (queue_.size() > 1) return true;  // the writer was woken already
  }
  queue_filled_.notify_one();
  return true;
}

LogWriter::Tail LogWriter::snapshot() const {
  std::lock_guard lock(tail_mutex_);
  return tail_;
}

void LogWriter::write_loop() {
  std::vector<Pending> batch;
  for (;;) {
    {
      std::unique_lock lock(queue_mutex_);
      writing_ = false;
      if (queue_.empty()) queue_idle_.notify_all();
      queue_filled_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      batch.swap(queue_);
      queue_bytes_ = 0;
      writing_ = true;
    }
    write_all(batch);
    batch.clear();
  }
}

void LogWriter::write_all(std::vector<Pending>& batch) {
  for (size_t from = 0; from < batch.size();) {
    size_t to = from, bytes = 0;
    while (to < batch.size() && (to == from || bytes < kWriteBytes))
      bytes += kFrameBytes + batch[to++].payload.size();
    std::span<Pending> some(batch.data() + from, to - from);
    const Status status = write_some(some);
    for (auto& pending : some)
      if (pending.done) pending.done->call(status);
    from = to;
  }
  {
    std::lock_guard lock(sync_mutex_);
    if (dirty_) return;
    dirty_ = true;
  }
  sync_wanted_.notify_one();
}

// write_some writes records in one write(2), and none of them where that fails.
Status LogWriter::write_some(std::span<Pending> batch) {
  std::lock_guard lock(tail_mutex_);
  if (!healthy()) return unavailable();
  if (tail_.offset >= options_.file_bytes_max) {
    if (auto rolled = roll(); !rolled.ok()) {
      fail("a new file of the audit log cannot be begun");
      return unavailable();
    }
  }
  Bytes out;
  Hash256 chain = tail_.chain;
  for (const auto& pending : batch) append_record(out, chain, tail_.synced, pending.payload);
  const bool injected = fault::failed("audit.write");
  if (injected || !pwrite_all(tail_.file->fd(), out, tail_.offset)) {
    fail(injected ? "injected fault" : std::strerror(errno));
    if (::ftruncate(tail_.file->fd(), static_cast<off_t>(tail_.offset)) != 0)
      log::error("audit_log_not_cut");
    return unavailable();
  }
  tail_.offset += out.size();
  tail_.next_sequence += batch.size();
  tail_.chain = chain;
  written_ += batch.size();
  static auto& records = Counters::process().at("audit_records");
  records.fetch_add(static_cast<int64_t>(batch.size()), std::memory_order_relaxed);
  return ok_status();
}

// begin_file makes a file whose name appears only once its header is durable.
Status LogWriter::begin_file(FileHeader header) {
  const std::string name = file_name(header.first_sequence), path = options_.dir + "/" + name,
                    temporary = path + ".new";
  const Bytes bytes = encode_header(header, keys_);
  const int fd =
      ::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  auto file = std::make_shared<File>(fd);
  if (fd < 0 || !pwrite_all(fd, bytes, 0) || !sync_file(*file) ||
      ::rename(temporary.c_str(), path.c_str()) != 0)
    return internal_error(
        fmt::format("audit log file {} cannot be made: {}", name, std::strerror(errno)));
  TRY_OK(sync_names(options_.dir));
  const uint64_t first = header.first_sequence;
  tail_ = {std::move(file), name, header, bytes.size(), first, crypto::sha256(bytes), bytes.size()};
  return ok_status();
}

Status LogWriter::roll() {
  if (!sync(*tail_.file)) return unavailable();
  synced_ = written_.load();
  return begin_file({tail_.header.log, tail_.next_sequence, tail_.chain, clock_.wall_ms()});
}

void LogWriter::sync_loop() {
  std::unique_lock lock(sync_mutex_);
  for (;;) {
    sync_wanted_.wait(lock, [&] { return dirty_ || sync_stopping_; });
    if (sync_stopping_) return;
    // Half the time is for gathering records, the other half for the device.
    sync_wanted_.wait_for(lock, std::chrono::milliseconds(options_.sync_ms / 2),
                          [&] { return sync_stopping_; });
    if (sync_stopping_) return;
    dirty_ = false;
    lock.unlock();
    sync_tail();
    lock.lock();
  }
}

// sync_tail waits for the device without holding up the writer.
void LogWriter::sync_tail() {
  std::unique_lock lock(tail_mutex_);
  const Tail tail = tail_;
  const uint64_t written = written_;
  lock.unlock();
  if (!tail.file || tail.synced == tail.offset || !healthy()) return;
  if (!sync(*tail.file)) return;
  lock.lock();
  if (tail_.file == tail.file) tail_.synced = std::max(tail_.synced, tail.offset);
  synced_ = std::max(synced_.load(), written);
}

// sync is one at a time: the kernel tells of a failure only once, and who syncs at the same time
// would hear that all is well.
bool LogWriter::sync(const File& file) {
  std::lock_guard lock(device_mutex_);
  if (!sync_file(file)) fail("it cannot be synced");
  return healthy();
}

void LogWriter::fail(std::string_view what) {
  if (healthy_.exchange(false)) log::error("audit_log_failed", {{"what", std::string(what)}});
}

void LogWriter::flush() {
  {
    std::unique_lock lock(queue_mutex_);
    queue_idle_.wait(lock, [&] { return queue_.empty() && !writing_; });
  }
  sync_tail();
}

Status LogWriter::reset() {
  flush();
  std::lock_guard lock(tail_mutex_);
  TRY(auto names, list_files(options_.dir));
  // From the newest back, so that what a crash leaves is a log without its end.
  for (auto name = names.rbegin(); name != names.rend(); ++name)
    if (::unlink((options_.dir + "/" + *name).c_str()) != 0)
      return internal_error("an audit log file cannot be removed");
  ::unlink((options_.dir + "/removed").c_str());
  TRY_OK(begin_file({.log = random_.id128(), .made_ms = clock_.wall_ms()}));
  synced_ = written_.load();  // what was there is gone
  healthy_.store(true);
  return ok_status();
}

}  // namespace coffer::audit
