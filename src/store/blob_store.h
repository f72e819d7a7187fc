#pragma once
// BlobStore keeps ciphertext that is too large to lie in a row. A blob becomes live by a commit
// that links it; what is never linked (its writer died, its commit failed) takes no space for long.
#include <memory>

#include "base/result.h"
#include "base/task.h"
#include "store/blob_ref.h"
#include "store/sealed_bytes.h"

namespace coffer::store {

class BlobWriter {
 public:
  virtual ~BlobWriter() = default;  // an unfinished blob is given up
  // append takes one piece, at most 4 MiB. Errors: the disk is full (ServiceUnavailable), the
  // device failed.
  virtual Task<Status> append(SealedBytes piece) = 0;
  // finish answers once every byte is durable. Called once; no append after it.
  virtual Task<Result<BlobRef>> finish() = 0;
};

class BlobStore {
 public:
  virtual ~BlobStore() = default;

  // create begins a blob at `place`. `bytes_hint`: its length, where known.
  virtual Task<Result<std::unique_ptr<BlobWriter>>> create(std::string place,
                                                           std::optional<uint64_t> bytes_hint) = 0;

  // give_up ends a finished blob that will never be linked: its commit was certainly refused, which
  // after kUnknown nobody knows. Its space comes back with the next reap, and a link of it is
  // kUnavailable. Where the blob is linked, or was given up, it does nothing. It never waits. What
  // is neither linked nor given up is freed a day later.
  virtual void give_up(const BlobRef& ref) = 0;

  // read answers exactly [offset, offset+size) of the blob; size at most 4 MiB. Corruption of the
  // framing, a missing file or a short read is InternalError with the blob named in the log; the
  // bytes' own truth is the opener's to judge.
  virtual Task<Result<SealedBytes>> read(BlobRef ref, uint64_t offset, size_t size) = 0;
  // try_read answers only what can be had without waiting for the device.
  virtual std::optional<Result<SealedBytes>> try_read(const BlobRef& ref, uint64_t offset,
                                                      size_t size) = 0;

  // pin keeps the blob readable until the handle is gone, even where a commit makes it garbage
  // meanwhile. It never waits for the device.
  virtual std::shared_ptr<void> pin(const BlobRef& ref) = 0;

  // free_space tells whether new bodies are welcome at `place` (a watermark of 5% or 2 GiB);
  // deletes always are.
  virtual bool accepts_bodies(const std::string& place) const = 0;

  // all lists every blob the place holds, linked or not. For fsck and migration.
  virtual Task<Result<std::vector<BlobRef>>> all(std::string place) = 0;
  // reap frees garbage that is due at `now_ms`, at most `max` blobs, and answers how many it freed.
  virtual Task<Result<size_t>> reap(int64_t now_ms, size_t max) = 0;
  // pause_reaping holds it back while the handle lives. For backups: it waits for the file that is
  // under work, so it is not for an event loop.
  virtual std::shared_ptr<void> pause_reaping() = 0;
};

}  // namespace coffer::store
