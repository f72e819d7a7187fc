#include "store/load.h"

#include <fmt/format.h>

#include <boost/asio/detached.hpp>

namespace coffer::store {
namespace {

// Load is one run's shared state; its coroutines live on one loop.
struct Load {
  explicit Load(const LoadOptions& o)
      : options(o), deadline_ns(Clock::monotonic_ns() + int64_t(o.seconds * 1e9)) {
    row = random.bytes(o.row_bytes);
    body = random.bytes(o.bytes);
  }
  bool over() const { return failure || Clock::monotonic_ns() >= deadline_ns; }

  LoadOptions options;
  int64_t deadline_ns;
  SeededRandom random{1};
  Bytes row, body;
  std::vector<int64_t> latencies_ns;
  std::optional<Error> failure;
};

Task<void> write_rows(MetaStore& meta, Load& load, size_t writer) {
  for (uint64_t i = 0; !load.over(); ++i) {
    const std::string key = fmt::format("{:04}/{:012}", writer, i);
    Batch batch{.in = {fmt::format("bench/{}", writer % 4)}};
    batch.puts.push_back({key, load.row});
    batch.bodies.push_back({key, BlobAccess::make(load.body)});
    const int64_t began = Clock::monotonic_ns();
    const Commit outcome = co_await meta.commit(std::move(batch));
    if (outcome == Commit::kBusy) continue;
    if (outcome != Commit::kDone) {
      load.failure = error_of(outcome);
    } else {
      load.latencies_ns.push_back(Clock::monotonic_ns() - began);
    }
  }
}

Task<Status> write_blob(BlobStore& blobs, const Load& load) {
  constexpr size_t kPiece = 256 << 10;
  CO_TRY(auto writer, co_await blobs.create("", load.options.bytes));
  for (size_t at = 0; at < load.body.size(); at += kPiece)
    CO_TRY_OK(co_await writer->append(BlobAccess::make(load.body.substr(at, kPiece))));
  CO_TRY_OK(co_await writer->finish());
  co_return ok_status();
}

Task<void> write_blobs(BlobStore& blobs, Load& load) {
  while (!load.over()) {
    const int64_t began = Clock::monotonic_ns();
    Status written = co_await write_blob(blobs, load);
    if (!written.ok()) {
      load.failure = std::move(written.error());
    } else {
      load.latencies_ns.push_back(Clock::monotonic_ns() - began);
    }
  }
}

template <class Spawn>
Result<LoadResult> run(Load& load, Spawn spawn) {
  WaitLoop loop;
  const int64_t began = Clock::monotonic_ns();
  for (size_t writer = 0; writer < load.options.writers; ++writer) spawn(loop.context(), writer);
  loop.context().run();
  if (load.failure) return std::move(*load.failure);
  return LoadResult{double(Clock::monotonic_ns() - began) / 1e9, std::move(load.latencies_ns)};
}

}  // namespace

Result<LoadResult> load_commits(MetaStore& meta, LoadOptions options) {
  Load load(options);
  return run(load, [&](asio::io_context& io, size_t writer) {
    asio::co_spawn(io, write_rows(meta, load, writer), asio::detached);
  });
}

Result<LoadResult> load_blobs(BlobStore& blobs, LoadOptions options) {
  Load load(options);
  return run(load, [&](asio::io_context& io, size_t) {
    asio::co_spawn(io, write_blobs(blobs, load), asio::detached);
  });
}

}  // namespace coffer::store
