// The loads beneath the store: RocksDB by itself, and the disk by itself.
#include <fcntl.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <thread>

#include "base/clock.h"
#include "store/embedded/file_io.h"
#include "store/load.h"

namespace coffer::store {
namespace {

Error failed(std::string what) { return {"BenchFailed", std::move(what)}; }

// write_batches is one writer; it answers the first failure's words, or none.
std::string write_batches(rocksdb::DB& db, const LoadOptions& options, size_t writer,
                          std::vector<int64_t>& latencies_ns) {
  SeededRandom random(writer + 1);
  const Bytes row = random.bytes(options.row_bytes), body = random.bytes(options.bytes);
  rocksdb::WriteOptions write;
  write.sync = true;
  const int64_t deadline = Clock::monotonic_ns() + int64_t(options.seconds * 1e9);
  for (uint64_t i = 0;; ++i) {
    const int64_t began = Clock::monotonic_ns();
    if (began >= deadline) return {};
    rocksdb::WriteBatch batch;
    batch.Put(fmt::format("r/{:04}/{:012}", writer, i), row);
    batch.Put(fmt::format("b/{:04}/{:012}", writer, i), body);
    if (auto status = db.Write(write, &batch); !status.ok()) return status.ToString();
    latencies_ns.push_back(Clock::monotonic_ns() - began);
  }
}

}  // namespace

Result<LoadResult> load_rocksdb(const std::string& dir, LoadOptions options) {
  rocksdb::Options settings;
  settings.create_if_missing = true;
  settings.write_buffer_size = 64 << 20;
  settings.max_background_jobs = 2;
  settings.compression = rocksdb::kNoCompression;
  rocksdb::DB* raw = nullptr;
  if (auto status = rocksdb::DB::Open(settings, dir, &raw); !status.ok())
    return failed(status.ToString());
  std::unique_ptr<rocksdb::DB> db(raw);
  std::vector<std::vector<int64_t>> latencies(options.writers);
  std::vector<std::string> failures(options.writers);
  const int64_t began = Clock::monotonic_ns();
  std::vector<std::thread> threads;
  for (size_t writer = 0; writer < options.writers; ++writer)
    threads.emplace_back(
        [&, writer] { failures[writer] = write_batches(*db, options, writer, latencies[writer]); });
  for (auto& thread : threads) thread.join();
  LoadResult out{.seconds = double(Clock::monotonic_ns() - began) / 1e9};
  for (size_t writer = 0; writer < options.writers; ++writer) {
    if (!failures[writer].empty()) return failed(failures[writer]);
    out.latencies_ns.insert(out.latencies_ns.end(), latencies[writer].begin(),
                            latencies[writer].end());
  }
  return out;
}

Result<LoadResult> load_fdatasync(const std::string& dir, LoadOptions options) {
  constexpr uint64_t kFileBytes = 64 << 20;
  const std::string path = dir + "/fdatasync";
  const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return failed(path + ": " + embedded::errno_text(errno));
  const Bytes body = SeededRandom(1).bytes(options.bytes);
  int error = embedded::write_zeroes(fd, 0, kFileBytes);
  if (error == 0 && ::fsync(fd) != 0) error = errno;
  LoadResult out;
  const int64_t began = Clock::monotonic_ns();
  const int64_t deadline = began + int64_t(options.seconds * 1e9);
  for (uint64_t at = 0; error == 0; at += body.size()) {
    if (at + body.size() > kFileBytes) at = 0;
    const int64_t start = Clock::monotonic_ns();
    if (start >= deadline) break;
    error = embedded::write_all(fd, body, at);
    if (error == 0 && ::fdatasync(fd) != 0) error = errno;
    out.latencies_ns.push_back(Clock::monotonic_ns() - start);
  }
  out.seconds = double(Clock::monotonic_ns() - began) / 1e9;
  ::close(fd);
  if (error != 0) return failed(path + ": " + embedded::errno_text(error));
  return out;
}

}  // namespace coffer::store
