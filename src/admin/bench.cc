#include "admin/bench.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "crypto/system_random.h"

namespace coffer::admin {
namespace {

double process_cpu_seconds() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

// Folder is a new one under `dir`, removed at the end.
class Folder {
 public:
  static Result<Folder> make(const std::string& dir) {
    std::string path = dir + "/coffer-bench-XXXXXX";
    if (!::mkdtemp(path.data()))
      return Error{"BenchFailed", fmt::format("No folder can be made in '{}'.", dir)};
    return Folder(std::move(path));
  }
  Folder(Folder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

double at_share(const std::vector<int64_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  return double(sorted[size_t(double(sorted.size() - 1) * share)]) / 1e3;
}

template <class Load>
Result<BenchFigure> measure(std::string name, std::string variant, size_t bytes, Load load) {
  const double cpu = process_cpu_seconds();
  TRY(store::LoadResult result, load());
  const double spent = process_cpu_seconds() - cpu;
  auto& all = result.latencies_ns;
  std::sort(all.begin(), all.end());
  const double count = std::max<double>(1, double(all.size()));
  return BenchFigure{.name = std::move(name),
                     .variant = std::move(variant),
                     .per_second = count / result.seconds,
                     .cpu_us = spent * 1e6 / count,
                     .p50_us = at_share(all, 0.5),
                     .p99_us = at_share(all, 0.99),
                     .mib_per_second = count * double(bytes) / result.seconds / (1 << 20)};
}

// WithStore is a new store in a folder of its own.
struct WithStore {
  static Result<std::unique_ptr<WithStore>> open(const std::string& dir) {
    auto out = std::make_unique<WithStore>();
    TRY(out->store, store::open_embedded({.data_dir = dir,
                                          .zones = {},
                                          .clock = &out->clock,
                                          .random = &out->random,
                                          .pool = &out->pool}));
    return out;
  }
  Clock clock;
  crypto::SystemRandom random;
  WorkPool pool{4};
  std::unique_ptr<store::Store> store;
};

store::LoadOptions load_options(const BenchOptions& options, size_t writers) {
  return {.writers = writers, .seconds = options.seconds, .bytes = options.bytes};
}

}  // namespace

std::string render(const BenchFigure& f) {
  return fmt::format(
      "{} {} per_second={:.0f} cpu_us={:.2f} p50_us={:.1f} p99_us={:.1f} mib_per_second={:.1f}",
      f.name, f.variant, f.per_second, f.cpu_us, f.p50_us, f.p99_us, f.mib_per_second);
}

Result<std::vector<BenchFigure>> bench_commits(const BenchOptions& options) {
  std::vector<BenchFigure> out;
  for (const size_t writers : options.writers) {
    TRY(const Folder folder, Folder::make(options.dir));
    TRY(BenchFigure figure,
        measure(
            "commit-loop", fmt::format("engine=rocksdb writers={}", writers), options.bytes,
            [&] { return store::load_rocksdb(folder.path(), load_options(options, writers)); }));
    out.push_back(std::move(figure));
  }
  for (const size_t writers : options.writers) {
    TRY(const Folder folder, Folder::make(options.dir));
    TRY(const auto opened, WithStore::open(folder.path()));
    TRY(BenchFigure figure,
        measure("commit-loop", fmt::format("engine=store writers={}", writers), options.bytes, [&] {
          return store::load_commits(opened->store->meta(), load_options(options, writers));
        }));
    out.push_back(std::move(figure));
  }
  return out;
}

Result<std::vector<BenchFigure>> bench_blobs(const BenchOptions& options) {
  std::vector<BenchFigure> out;
  for (const size_t writers : options.writers) {
    TRY(const Folder folder, Folder::make(options.dir));
    TRY(const auto opened, WithStore::open(folder.path()));
    TRY(BenchFigure figure,
        measure("segment-writer", fmt::format("writers={} bytes={}", writers, options.bytes),
                options.bytes, [&] {
                  return store::load_blobs(opened->store->blobs(), load_options(options, writers));
                }));
    out.push_back(std::move(figure));
  }
  return out;
}

Result<std::vector<BenchFigure>> bench_fdatasync(const BenchOptions& options) {
  TRY(const Folder folder, Folder::make(options.dir));
  TRY(BenchFigure figure,
      measure("fdatasync", fmt::format("bytes={}", options.bytes), options.bytes,
              [&] { return store::load_fdatasync(folder.path(), load_options(options, 1)); }));
  return std::vector{std::move(figure)};
}

}  // namespace coffer::admin
