#pragma once
// Loads write as fast as a store, or the bare engine beneath it, takes it. They serve `coffer
// bench`: what the disk and RocksDB give alone is what a PUT is held against. Nothing they write
// can be read as an object.
#include <string>
#include <vector>

#include "store/store.h"

namespace coffer::store {

struct LoadOptions {
  size_t writers = 1;  // at once
  double seconds = 2;
  size_t bytes = 4096;     // of a body
  size_t row_bytes = 300;  // beside it, where rows are written
};
struct LoadResult {
  double seconds = 0;
  std::vector<int64_t> latencies_ns;  // one for each operation, in no order
};

// load_commits commits a row and an inline body at a time, from one event loop, as a server does.
Result<LoadResult> load_commits(MetaStore& meta, LoadOptions options);
// load_blobs writes blobs that are never linked.
Result<LoadResult> load_blobs(BlobStore& blobs, LoadOptions options);
// load_rocksdb writes the same rows and bodies to a RocksDB of its own in `dir`: each writer a
// thread, each batch with its sync.
Result<LoadResult> load_rocksdb(const std::string& dir, LoadOptions options);
// load_fdatasync appends `bytes` to a file of zeroes in `dir` and syncs, again and again, on one
// thread.
Result<LoadResult> load_fdatasync(const std::string& dir, LoadOptions options);

}  // namespace coffer::store
