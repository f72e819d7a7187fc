// What only the embedded engine promises: its files, and what becomes of them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/detached.hpp>
#include <fstream>
#include <future>

#include "store/embedded/file_io.h"
#include "store/embedded/keys.h"
#include "store/embedded/segment_files.h"
#include "store/testing/engines.h"

namespace coffer::store::embedded {
namespace {

using testing::Bench;
using testing::commit;
using ::testing::HasSubstr;
using testing::noise;
using testing::wait_for;
using testing::write_blob;

const Partition kP{"index/1/0"};

class Embedded : public ::testing::Test {
 protected:
  BlobStore& blobs() { return bench.store->blobs(); }
  MetaStore& meta() { return bench.store->meta(); }
  std::string segments() const { return bench.dir.path() + "/segments"; }
  BlobRef write(Bytes bytes) {
    size_t size = bytes.size();
    return wait_for(write_blob(blobs(), std::move(bytes), 1 << 20, size)).value();
  }
  BlobRef linked(Bytes bytes) {
    BlobRef ref = write(std::move(bytes));
    EXPECT_EQ(commit(meta(), {.in = kP, .links = {ref}}), Commit::kDone);
    return ref;
  }
  void free_all(std::vector<BlobRef> refs) {
    EXPECT_EQ(commit(meta(), {.in = kP, .unlinks = refs}), Commit::kDone);
    bench.clock.advance(kGarbageDelayMs + 1);
    EXPECT_EQ(wait_for(blobs().reap(bench.clock.wall_ms(), 1000)).value(), refs.size());
  }
  bool reads(const BlobRef& ref) {
    return wait_for(blobs().read(ref, 0, std::min<uint64_t>(ref.bytes, 4 << 20))).ok();
  }
  std::string path_of(const BlobRef& ref) {
    return segment_path(segments(), decode_locator(ref)->segment);
  }
  void overwrite(const std::string& path, uint64_t offset, ByteView bytes) {
    Fd fd(::open(path.c_str(), O_WRONLY));
    ASSERT_EQ(write_all(fd.get(), bytes, offset), 0);
  }
  std::string refusal() {
    auto opened = open_embedded(bench.options());
    return opened.ok() ? "opened" : opened.error().message;
  }
  void write_format(std::string text) { std::ofstream(bench.dir.path() + "/FORMAT") << text; }
  Bench bench{"embedded"};
};

TEST_F(Embedded, ASecondOpenerIsRefused) { EXPECT_THAT(refusal(), HasSubstr("in use by another")); }

TEST_F(Embedded, FormatIsGuarded) {
  std::string id = bench.store->store_id();
  EXPECT_EQ(id.size(), 16u);
  bench.reopen();
  EXPECT_EQ(bench.store->store_id(), id);
  bench.store.reset();
  write_format("coffer-store 2\nleast-reader 2\nwritten-by coffer 9\nstore-id " + id + "\n");
  EXPECT_THAT(refusal(), HasSubstr("needs a reader of format 2"));
  write_format("coffer-store 1\nleast-");
  EXPECT_THAT(refusal(), HasSubstr("damaged"));
  write_format("coffer-store 1\nleast-reader 1\nwritten-by coffer\nstore-id 0123456789abcdef\n");
  EXPECT_THAT(refusal(), HasSubstr("is of store " + id));
  std::filesystem::remove(bench.dir.path() + "/FORMAT");
  EXPECT_THAT(refusal(), HasSubstr("FORMAT file is missing"));
  write_format("coffer-store 2\nleast-reader 1\nwritten-by coffer 9\nstore-id " + id + "\n");
  bench.reopen();
}

TEST_F(Embedded, SegmentsWithoutRowsAreNotTakenForGarbage) {
  linked("abc");
  bench.store.reset();
  std::filesystem::remove_all(bench.dir.path() + "/meta");
  EXPECT_THAT(refusal(), HasSubstr("holds no rows"));
  EXPECT_EQ(list_segments(segments()).size(), 1u);
}

TEST_F(Embedded, SegmentsNewerThanTheRowsAreRefused) {
  linked("abc");
  bench.store.reset();
  uint64_t id = list_segments(segments())[0];
  std::string future = segment_path(segments(), id + (1ull << 40));
  Bytes header = *read_file(segment_path(segments(), id));
  SegmentHeader parsed = *decode_segment_header(header);
  parsed.segment = id + (1ull << 40);
  ASSERT_EQ(write_file(future, encode(parsed)), 0);
  EXPECT_THAT(refusal(), HasSubstr("newer than the rows"));
}

TEST_F(Embedded, OlderRowsBesideCurrentSegmentsAreRefusedAndNothingIsSwept) {
  namespace fs = std::filesystem;
  const std::string rows = bench.dir.path() + "/meta", older = bench.dir.path() + "/older";
  BlobRef kept = linked(noise(1, 5 << 20)), between = write(noise(2, 5 << 20));
  fs::copy(rows, older, fs::copy_options::recursive);
  ASSERT_EQ(commit(meta(), {.in = kP, .links = {between}}), Commit::kDone);
  BlobRef newer = linked(noise(3, 5 << 20));
  bench.store.reset();
  fs::rename(rows, rows + ".current");
  fs::rename(older, rows);
  EXPECT_THAT(refusal(), HasSubstr("newer than the rows"));
  EXPECT_THAT(refusal(), HasSubstr("newer than the rows"));
  fs::remove_all(rows);
  fs::rename(rows + ".current", rows);
  bench.reopen();
  EXPECT_TRUE(reads(kept) && reads(between) && reads(newer));
}

TEST_F(Embedded, AGarbledHeaderIsSeen) {
  BlobRef ref = linked(noise(1, 10'000)), other = linked(noise(2, 10'000));
  bench.reopen();
  overwrite(path_of(ref), decode_locator(ref)->offset + 20, "garbled");
  EXPECT_FALSE(reads(ref));
  EXPECT_TRUE(reads(other));
}

TEST_F(Embedded, ATruncatedSegmentIsSeen) {
  BlobRef ref = linked(noise(1, 1 << 20));
  bench.reopen();
  std::filesystem::resize_file(path_of(ref), 500'000);
  EXPECT_FALSE(reads(ref));
}

TEST_F(Embedded, AMissingOrForeignSegmentIsSeen) {
  BlobRef ref = linked(noise(1, 5 << 20)), other = linked(noise(2, 5 << 20));
  bench.store.reset();
  std::filesystem::rename(path_of(ref), path_of(other));
  bench.reopen();
  EXPECT_FALSE(reads(ref));
  EXPECT_FALSE(reads(other));
  EXPECT_TRUE(std::filesystem::exists(path_of(other)));
}

TEST_F(Embedded, NoIdIsDrawnTwice) {
  std::set<uint64_t> blob_ids, segment_ids;
  for (int i = 0; i < 4; ++i) {
    auto spot = decode_locator(linked("abc"));
    EXPECT_TRUE(blob_ids.insert(spot->blob).second);
    EXPECT_TRUE(segment_ids.insert(spot->segment).second);  // no old segment is appended to
    bench.reopen();
  }
}

TEST_F(Embedded, WhatWasNeverLinkedGoesAtTheNextOpen) {
  BlobRef small = write(noise(1, 5000)), large = write(noise(2, 5 << 20));
  EXPECT_TRUE(reads(small) && reads(large));
  bench.reopen();
  EXPECT_TRUE(list_segments(segments()).empty());
  EXPECT_FALSE(reads(small));
}

TEST_F(Embedded, AllShowsWhatWasNeverLinked) {
  BlobRef lost = write(noise(1, 5000)), kept = linked(noise(2, 5000));
  bench.reopen();
  EXPECT_THAT(wait_for(blobs().all("")).value(), ::testing::ElementsAre(lost, kept));
}

TEST_F(Embedded, AWriterThatGivesUpLeavesNoFile) {
  {
    auto writer = *wait_for(blobs().create("", 50 << 20));
    ASSERT_TRUE(wait_for(writer->append(testing::sealed(noise(1, 1 << 20)))).ok());
    EXPECT_EQ(list_segments(segments()).size(), 1u);
  }
  bench.pool.join();
  EXPECT_TRUE(list_segments(segments()).empty());
}

TEST_F(Embedded, WhatWasGivenUpIsFreedAtTheNextReap) {
  BlobRef large = write(noise(1, 5 << 20)), other = write(noise(2, 5 << 20));
  EXPECT_EQ(wait_for(blobs().reap(bench.clock.wall_ms(), 1000)).value(), 0u);
  EXPECT_EQ(list_segments(segments()).size(), 2u);
  blobs().give_up(large);
  EXPECT_EQ(wait_for(blobs().reap(bench.clock.wall_ms(), 1000)).value(), 0u);
  EXPECT_FALSE(std::filesystem::exists(path_of(large)));
  EXPECT_EQ(commit(meta(), {.in = kP, .links = {other}}), Commit::kDone);
  EXPECT_TRUE(reads(other));
}

TEST_F(Embedded, EmptySegmentsAreUnlinked) {
  BlobRef large = linked(noise(1, 5 << 20)), small = linked(noise(2, 5000));
  bench.reopen();
  EXPECT_EQ(list_segments(segments()).size(), 2u);
  free_all({large});
  EXPECT_EQ(list_segments(segments()).size(), 1u);
  free_all({small});
  EXPECT_TRUE(list_segments(segments()).empty());
}

TEST_F(Embedded, TheCurrentSegmentStays) {
  BlobRef small = linked(noise(2, 5000));
  free_all({small});
  EXPECT_EQ(list_segments(segments()).size(), 1u);
  BlobRef next = linked(noise(3, 5000));
  EXPECT_EQ(path_of(next), path_of(small));
  EXPECT_TRUE(reads(next));
  EXPECT_FALSE(reads(small));
}

TEST_F(Embedded, HolesArePunched) {
  std::vector<BlobRef> refs;
  for (int i = 0; i < 5; ++i) refs.push_back(linked(noise(i, 2'000'000)));
  bench.reopen();
  ASSERT_EQ(path_of(refs[0]), path_of(refs[4]));
  struct stat before{}, after{};
  ASSERT_EQ(::stat(path_of(refs[0]).c_str(), &before), 0);
  free_all({refs[1], refs[2]});
  ASSERT_EQ(::stat(path_of(refs[0]).c_str(), &after), 0);
  EXPECT_LE(after.st_blocks * 512, before.st_blocks * 512 - 3'900'000);
  for (int i : {0, 3, 4})
    EXPECT_TRUE(wait_for(blobs().read(refs[i], 0, 2'000'000)).value().view() ==
                noise(i, 2'000'000));
}

TEST_F(Embedded, ABackupsLinkIsNotPunched) {
  BlobRef kept = linked(noise(1, 2'000'000)), gone = linked(noise(2, 2'000'000));
  bench.reopen();
  std::string copy = bench.dir.path() + "/backup";
  std::filesystem::create_hard_link(path_of(gone), copy);
  Bytes before = *read_some(Fd(::open(copy.c_str(), O_RDONLY)).get(), 0, 16 << 20);
  free_all({gone});
  Bytes after = *read_some(Fd(::open(copy.c_str(), O_RDONLY)).get(), 0, 16 << 20);
  EXPECT_TRUE(before == after);
  EXPECT_TRUE(reads(kept));
}

TEST_F(Embedded, SpaceFreedUnderABackupComesBackWithoutIt) {
  for (bool reopens : {false, true}) {
    BlobRef kept = linked(noise(1, 2'000'000)), gone = linked(noise(2, 2'000'000));
    bench.reopen();
    const std::string path = path_of(kept), copy = bench.dir.path() + "/backup";
    std::filesystem::create_hard_link(path, copy);
    free_all({gone});
    if (reopens) bench.reopen();
    struct stat before{}, after{};
    ASSERT_EQ(::stat(path.c_str(), &before), 0);
    std::filesystem::remove(copy);
    EXPECT_EQ(wait_for(blobs().reap(bench.clock.wall_ms(), 1000)).value(), 0u);
    ASSERT_EQ(::stat(path.c_str(), &after), 0);
    EXPECT_LE(after.st_blocks * 512, before.st_blocks * 512 - 1'900'000);
    EXPECT_TRUE(reads(kept));
  }
}

// A pipe without a reader holds up whoever opens it to write.
TEST_F(Embedded, APinDoesNotWaitForTheReaper) {
  BlobRef gone = linked(noise(1, 5 << 20)), kept = linked(noise(2, 5000));
  const std::string path = path_of(gone);
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread reaper([&] { free_all({gone}); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  auto pinned = std::async(std::launch::async, [&] { blobs().pin(kept).reset(); });
  EXPECT_EQ(pinned.wait_for(std::chrono::seconds(2)), std::future_status::ready);
  Fd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  reaper.join();
}

TEST_F(Embedded, SegmentsFollowEachOtherAndAreZeroedAhead) {
  std::vector<BlobRef> refs;
  for (int i = 0; i < 3; ++i) refs.push_back(linked(noise(i, 2'000'000)));
  for (int i = 0; i < 500 && !std::filesystem::exists(segments() + "/ready"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_TRUE(std::filesystem::exists(segments() + "/ready"));
  for (int i = 3; i < 12; ++i) refs.push_back(linked(noise(i, 2'000'000)));
  EXPECT_GE(list_segments(segments()).size(), 2u);
  bench.reopen();
  for (int i = 0; i < 12; ++i)
    EXPECT_TRUE(wait_for(blobs().read(refs[i], 0, 2'000'000)).value().view() ==
                noise(i, 2'000'000));
}

TEST_F(Embedded, AFullDiskIsNotFatal) {
  bool fatal = false;
  bench.store->on_fatal([&](std::string) { fatal = true; });
  for (size_t size : {size_t{5000}, size_t{1} << 20, size_t{5} << 20}) {
    fault::arm("segment.full=error");
    auto got = wait_for(write_blob(blobs(), noise(1, size), 1 << 20, size));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, "ServiceUnavailable");
    fault::arm("segment.write=error");
    got = wait_for(write_blob(blobs(), noise(1, size), 1 << 20, size));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.error().code, "InternalError");
    fault::disarm();
    EXPECT_TRUE(reads(linked(noise(1, size))));
  }
  EXPECT_FALSE(fatal);
}

// forever answers a loop that is never destroyed nor used again: callers of a dead store stay
// suspended in it.
asio::io_context& forever() {
  static auto& loops = *new std::vector<std::unique_ptr<asio::io_context>>;
  return *loops.emplace_back(std::make_unique<asio::io_context>(1));
}

Task<void> try_write(BlobStore& blobs, size_t size, bool& answered) {
  auto got = co_await write_blob(blobs, noise(1, size), 1 << 20, size);
  answered = true;
}
Task<void> try_commit(MetaStore& meta, bool& answered) {
  Batch batch{.in = kP, .puts = {{"a", "1"}}};
  co_await meta.commit(std::move(batch));
  answered = true;
}

TEST_F(Embedded, AFailedSegmentSyncIsFatalAndUnanswered) {
  for (size_t size : {size_t{5000}, size_t{5} << 20}) {
    asio::io_context& loop = forever();
    std::atomic<bool> fatal = false;
    bool answered = false;
    bench.reopen();
    bench.store->on_fatal([&](std::string) { fatal = true; });
    fault::arm("segment.sync=error");
    asio::co_spawn(loop, try_write(blobs(), size, answered), asio::detached);
    asio::co_spawn(loop, try_commit(meta(), answered), asio::detached);
    loop.run_for(std::chrono::milliseconds(500));
    loop.restart();
    EXPECT_TRUE(fatal);
    answered = false;
    asio::co_spawn(loop, try_commit(meta(), answered), asio::detached);
    loop.run_for(std::chrono::milliseconds(100));
    loop.restart();
    EXPECT_FALSE(answered);
    EXPECT_FALSE(meta().try_get(kP, "a"));
  }
}

TEST_F(Embedded, AFailedCommitIsFatalAndUnanswered) {
  asio::io_context& loop = forever();
  std::atomic<bool> fatal = false;
  bool answered = false;
  bench.store->on_fatal([&](std::string) { fatal = true; });
  fault::arm("wal.sync=error");
  asio::co_spawn(loop, try_commit(meta(), answered), asio::detached);
  asio::co_spawn(loop, try_commit(meta(), answered), asio::detached);
  loop.run_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(fatal);
  EXPECT_FALSE(answered);
}

TEST_F(Embedded, ABallastIsHeldBack) {
  struct stat file{};
  for (int i = 0; i < 100 && file.st_size == 0; ++i) {
    (void)::stat((bench.dir.path() + "/ballast").c_str(), &file);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(file.st_size, 64 << 20);
}

}  // namespace
}  // namespace coffer::store::embedded
