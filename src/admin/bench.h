#pragma once
// bench measures what the server is made of, each part by itself: the disk, RocksDB, the store, the
// ciphers. docs/performance.md holds requests against these figures.
#include <string>
#include <vector>

#include "store/load.h"

namespace coffer::admin {

struct BenchFigure {
  std::string name;       // "commit-loop"
  std::string variant;    // "store writers=8"
  double per_second = 0;  // operations
  double cpu_us = 0;      // of this process, an operation
  double p50_us = 0, p99_us = 0;
  double mib_per_second = 0;
};
// render is one line: NAME VARIANT key=value...
std::string render(const BenchFigure& figure);

// Each runs in a new folder under `dir`, which it removes, and measures every number of writers.
struct BenchOptions {
  std::string dir;
  std::vector<size_t> writers = {1, 8, 32};
  double seconds = 2;
  size_t bytes = 4096;
};
// bench_commits writes rows with inline bodies: by bare RocksDB, then by the store.
Result<std::vector<BenchFigure>> bench_commits(const BenchOptions& options);
Result<std::vector<BenchFigure>> bench_blobs(const BenchOptions& options);
Result<std::vector<BenchFigure>> bench_fdatasync(const BenchOptions& options);
// bench_crypto runs each cipher and hash of a request's path on one thread.
std::vector<BenchFigure> bench_crypto(double seconds);

}  // namespace coffer::admin
