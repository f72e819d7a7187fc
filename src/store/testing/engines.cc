#include "store/testing/engines.h"

#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// RocksDB comes from the system, not instrumented: its own synchronization is not seen.
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:librocksdb.so\nrace:librocksdb.so\n";
}
#endif
#endif

namespace coffer::store::testing {

namespace {
std::mutex loops_mutex;
std::vector<asio::io_context*>& idle_loops() {
  static auto& loops = *new std::vector<asio::io_context*>;
  return loops;
}
}  // namespace

Loop::Loop() {
  std::lock_guard lock(loops_mutex);
  if (idle_loops().empty()) idle_loops().push_back(new asio::io_context(1));
  loop_ = idle_loops().back();
  idle_loops().pop_back();
}

Loop::~Loop() {
  loop_->restart();
  std::lock_guard lock(loops_mutex);
  idle_loops().push_back(loop_);
}

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "coffer-store-XXXXXX").string();
  CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Bench::Bench(std::string name) : engine(std::move(name)) {
  if (durable()) {
    reopen();
  } else if (engine == "memory") {
    store = make_memory(clock, random);
  } else {
    FaultRates rates{.conflict = 0, .unknown = 0};
    if (engine == "faulty") rates = {.conflict = 0.2, .unknown = 0.1, .seed = 42};
    store = make_faulty(make_memory(clock, random), rates);
  }
}

EmbeddedOptions Bench::options() const {
  return {.data_dir = dir.path(),
          .zones = {{"use1-az1", "zone"}},
          .clock = &clock,
          .random = &random,
          .pool = &pool,
          .block_cache_bytes = 8 << 20,
          .memtable_bytes = 4 << 20,
          .segment_bytes = 16 << 20,
          .reserve_bytes = 16 << 20};
}

RadosOptions Bench::rados_options() const {
  return {.conf = std::getenv("COFFER_TEST_CEPH_CONF"),
          .pool_name = "coffer",
          .name = std::filesystem::path(dir.path()).filename(),
          .zones = {"use1-az1"},
          .clock = &clock,
          .random = &random,
          .pool = &pool};
}

bool has_cluster() { return std::getenv("COFFER_TEST_CEPH_CONF") != nullptr; }

void Bench::reopen() {
  if (!durable() || (engine == "rados" && !has_cluster())) return;
  store.reset();
  auto opened = engine == "rados" ? open_rados(rados_options()) : open_embedded(options());
  if (!opened.ok()) fmt::print(stderr, "{}\n", opened.error().message);
  CHECK(opened.ok());
  store = std::move(*opened);
}

Task<Result<BlobRef>> write_blob(BlobStore& blobs, Bytes bytes, size_t piece,
                                 std::optional<uint64_t> hint) {
  CO_TRY(auto writer, co_await blobs.create("", hint));
  for (size_t at = 0; at < bytes.size(); at += piece)
    CO_TRY_OK(co_await writer->append(sealed(bytes.substr(at, piece))));
  co_return co_await writer->finish();
}

Bytes noise(uint64_t seed, size_t size) {
  SeededRandom random(seed);
  return random.bytes(size);
}

Commit commit(MetaStore& meta, Batch batch) { return wait_for(meta.commit(std::move(batch))); }

}  // namespace coffer::store::testing
