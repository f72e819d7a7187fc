// A child process commits until it is killed; whatever it acknowledged must be there, whole, after
// the next open.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "store/testing/engines.h"

namespace coffer::store::testing {
namespace {

constexpr const char* kDirVariable = "COFFER_CRASH_TEST_DIR";
constexpr const char* kFaultVariable = "COFFER_CRASH_TEST_FAULT";
constexpr int kAckFd = 3;  // apart from the words of the test runner
const Partition kP{"index/1/0"};

struct Parts {
  explicit Parts(std::string dir) {
    EmbeddedOptions options{.data_dir = std::move(dir),
                            .clock = &clock,
                            .random = &random,
                            .pool = &pool,
                            .segment_bytes = 8 << 20,
                            .reserve_bytes = 1 << 20};
    auto opened = open_embedded(options);
    CHECK(opened.ok());
    store = std::move(*opened);
  }
  ~Parts() {
    store.reset();
    pool.join();
  }
  ManualClock clock{1'700'000'000'000};
  SeededRandom random{static_cast<uint64_t>(::getpid())};
  WorkPool pool{2};
  std::unique_ptr<Store> store;
};

size_t size_of(int i) { return i % 7 == 6 ? 5 << 20 : i % 3 == 2 ? 400'000 : 5'000; }

// put_one writes a blob, links it, and acknowledges.
Task<Unit> put_one(Store& store, int i) {
  auto ref = co_await write_blob(store.blobs(), noise(i, size_of(i)), 1 << 20, size_of(i));
  CHECK(ref.ok());
  Writer w;
  encode(w, *ref);
  Batch batch{.in = kP, .puts = {{std::to_string(i), w.take()}}, .adds = {{"n", 1}}};
  batch.links.push_back(*ref);
  if (co_await store.meta().commit(std::move(batch)) != Commit::kDone) co_return Unit{};
  CHECK(::write(kAckFd, &i, sizeof i) == sizeof i);
  co_return Unit{};
}

Task<Unit> put_every(Store& store, int from, int step) {
  for (int i = from;; i += step) co_await put_one(store, i);
}

// The child's part: it runs only where the parent's variable is set, and never ends by itself.
TEST(CrashChild, CommitsUntilKilled) {
  const char* dir = std::getenv(kDirVariable);
  if (!dir) GTEST_SKIP() << "run by Crash";
  if (const char* spec = std::getenv(kFaultVariable)) fault::arm(spec);
  Parts parts(dir);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] { wait_for(put_every(*parts.store, t, 3)); });
  for (auto& thread : threads) thread.join();
}

// run_child answers what the child acknowledged until it died, by its own fault point or killed
// after `acks`.
std::set<int> run_child(const std::string& dir, const std::string& fault, size_t acks) {
  int fds[2];
  CHECK(::pipe(fds) == 0);
  pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    ::dup2(fds[1], kAckFd);
    for (int fd : fds)
      if (fd != kAckFd) ::close(fd);
    ::setenv(kDirVariable, dir.c_str(), 1);
    if (!fault.empty()) ::setenv(kFaultVariable, fault.c_str(), 1);
    ::execl("/proc/self/exe", "store_test", "--gtest_filter=CrashChild.*", "--gtest_brief=1",
            nullptr);
    ::_exit(127);
  }
  ::close(fds[1]);
  std::set<int> acknowledged;
  std::string in;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fds[0], buffer, sizeof buffer)) > 0;) {
    in.append(buffer, static_cast<size_t>(n));
    if (acks > 0 && in.size() > acks * sizeof(int)) ::kill(child, SIGKILL);
  }
  ::close(fds[0]);
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  for (size_t at = 0; at + sizeof(int) <= in.size(); at += sizeof(int)) {
    int i;
    std::memcpy(&i, in.data() + at, sizeof i);
    acknowledged.insert(i);
  }
  return acknowledged;
}

void check_survivor(const std::string& dir, const std::set<int>& acknowledged) {
  Parts parts(dir);
  auto page = wait_for(parts.store->meta().scan(kP, {}, {.rows = 4096})).value();
  std::set<int> there;
  for (const Row& row : page.rows) {
    int i = std::stoi(row.key);
    there.insert(i);
    Reader r(row.value);
    BlobRef ref = decode_blob_ref(r);
    ASSERT_TRUE(r.done());
    ASSERT_EQ(ref.bytes, size_of(i));
    Bytes expected = noise(i, ref.bytes);
    for (uint64_t at = 0; at < ref.bytes; at += 4 << 20) {
      size_t n = std::min<uint64_t>(4 << 20, ref.bytes - at);
      auto got = wait_for(parts.store->blobs().read(ref, at, n));
      ASSERT_TRUE(got.ok());
      ASSERT_TRUE(got->view() == ByteView(expected).substr(at, n)) << i;
    }
  }
  for (int i : acknowledged) EXPECT_TRUE(there.contains(i)) << i;
  EXPECT_EQ(wait_for(parts.store->meta().sum(kP, "n")).value(), static_cast<int64_t>(there.size()));
}

class Crash : public ::testing::TestWithParam<std::pair<std::string, size_t>> {};

TEST_P(Crash, WhatWasAcknowledgedIsThere) {
  TempDir dir;
  auto [fault, acks] = GetParam();
  std::set<int> acknowledged = run_child(dir.path(), fault, acks);
  if (acks > 0) {
    EXPECT_GE(acknowledged.size(), acks);
  }
  check_survivor(dir.path(), acknowledged);
  check_survivor(dir.path(), acknowledged);
}

INSTANTIATE_TEST_SUITE_P(
    Points, Crash,
    ::testing::Values(std::pair<std::string, size_t>("", 5), std::pair<std::string, size_t>("", 40),
                      std::pair<std::string, size_t>("commit.before=kill@12", 0),
                      std::pair<std::string, size_t>("commit.after=kill@12", 0),
                      std::pair<std::string, size_t>("wal.sync=kill@9", 0),
                      std::pair<std::string, size_t>("segment.write=kill@20", 0),
                      std::pair<std::string, size_t>("segment.sync=kill@11", 0)));

}  // namespace
}  // namespace coffer::store::testing
