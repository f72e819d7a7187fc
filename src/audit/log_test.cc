#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>

#include "audit/testing/log_fixture.h"
#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/checksum.h"
#include "crypto/digest.h"

namespace coffer::audit {
namespace {

TEST_F(LogTest, KeepsTheOrderAcrossReopeningAndFiles) {
  World w;
  options_.file_bytes_max = 1000;
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {
    auto log = must_open(w);
    append(*log, round * 10, round * 10 + 10);
    EXPECT_EQ(log->records(), static_cast<uint64_t>(round) * 10 + 10);
    auto verified = run_task(log->verify());
    ASSERT_TRUE(verified.ok()) << verified.error().message;
    EXPECT_EQ(*verified, log->records());
    for (int i = 0; i < 10; ++i) expected.push_back(fmt::format("E{}", round * 10 + i));
  }
  EXPECT_EQ(names(w), expected);
  EXPECT_GT(files().size(), 3u);
}

TEST_F(LogTest, ManyThreadsAndOneChain) {
  World w;
  auto log = must_open(w);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i)
        EXPECT_TRUE(run_task(log->append(event_named(fmt::format("T{}", t)))).ok());
      for (int i = 0; i < 50; ++i) log->append_later(event_named("later"));
    });
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(run_task(log->verify()).ok());
  for (auto& thread : threads) thread.join();
  log->flush();
  EXPECT_EQ(log->records(), 1000u);
  EXPECT_EQ(*run_task(log->verify()), 1000u);
}

TEST_F(LogTest, GivesEveryEventAnId) {
  World w;
  auto log = must_open(w);
  append(*log, 0, 2);
  auto list = entries(w);
  EXPECT_EQ(list[0].event.event_id.size(), 36u);
  EXPECT_NE(list[0].event.event_id, list[1].event.event_id);
}

TEST_F(LogTest, FindsARequestNewestFirst) {
  World w;
  options_.file_bytes_max = 500;
  auto log = must_open(w);
  for (const char* name : {"First", "Second", "Third"}) {
    ASSERT_TRUE(run_task(log->append(event_named(name, "wanted"))).ok());
    append(*log, 0, 5);
  }
  auto found = run_task(log->find_request("wanted"));
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ((*found)[0].name, "Third");
  EXPECT_EQ((*found)[2].name, "First");
  EXPECT_TRUE(run_task(log->find_request("want"))->empty());
  EXPECT_TRUE(run_task(log->find_request(""))->empty());
}

// Every tampering is found, and its place named.
TEST_F(LogTest, VerifyNamesWhatWasTamperedWith) {
  World w;
  options_.file_bytes_max = 1200;
  auto log = must_open(w);
  append(*log, 0, 30);
  log->flush();
  auto list = entries(w);
  ASSERT_GT(files().size(), 2u);
  const std::string first = files()[0], last = files().back();
  auto expect_damage = [&](const std::string& file, uint64_t offset, const char* what) {
    auto verified = run_task(log->verify());
    ASSERT_FALSE(verified.ok()) << what;
    EXPECT_EQ(verified.error().code, "AuditLogDamaged");
    EXPECT_NE(verified.error().message.find(fmt::format("file {}, offset {}:", file, offset)),
              std::string::npos)
        << what << ": " << verified.error().message;
  };
  const Bytes good = read(first);
  const Entry &one = list[1], &two = list[2];
  auto with_chain = [](Bytes raw, size_t at, char c) {  // edited, its checksum made to hold again
    raw[at] = c;
    const uint32_t sum =
        crypto::crc32c(ByteView(raw).substr(8), crypto::crc32c(ByteView(raw).substr(0, 4)));
    return raw.replace(4, 4, Writer().u32(sum).take());
  };

  Bytes bad = good;
  bad[one.offset + kFrameBytes + 20] ^= 1;
  write(first, bad);
  expect_damage(first, one.offset, "a byte changed");

  bad = good;
  bad.replace(one.offset, one.raw.size(), with_chain(one.raw, one.raw.size() - 1, 'x'));
  write(first, bad);
  auto verified = run_task(log->verify());
  EXPECT_FALSE(verified.ok()) << "an edited record whose checksum holds";

  bad = good;
  bad.erase(one.offset, one.raw.size());
  write(first, bad);
  expect_damage(first, one.offset, "a record removed");

  bad = good;
  bad.replace(one.offset, one.raw.size() + two.raw.size(), two.raw + one.raw);
  write(first, bad);
  expect_damage(first, one.offset, "two records exchanged");

  bad = good;
  bad[20] ^= 1;
  write(first, bad);
  expect_damage(first, 0, "a header edited");
  write(first, good);

  const std::string second = files()[1], third = files()[2];
  fs::rename(path(second), dir_ / "aside");
  expect_damage(third, 0, "a file removed");
  fs::rename(dir_ / "aside", path(second));
  EXPECT_TRUE(run_task(log->verify()).ok());

  const Bytes tail = read(last);
  write(last, tail.substr(0, list.back().offset));
  expect_damage(last, list.back().offset, "the last record removed");
  write(last, tail);
  EXPECT_TRUE(run_task(log->verify()).ok());
}

TEST_F(LogTest, ADirectoryThatMayBeLostIsAnError) {
  World w;
  for (const char* passing :
       {"directory.sync=error@1", "directory.sync=error@2", "directory.sync=error@3"}) {
    fault::arm(passing);  // of dir_, of the log's own, of its first file's name
    EXPECT_FALSE(open(w).ok()) << passing;
    fault::disarm();
    fs::remove_all(dir_);
  }
}

TEST_F(LogTest, AnotherKeysLogIsRefused) {
  World w, other(6);
  append(*must_open(w), 0, 3);
  EXPECT_FALSE(open(other).ok());
}

TEST_F(LogTest, ATornTailIsCutAndNothingElse) {
  World w;
  append(*must_open(w), 0, 5);
  const std::string name = files()[0];
  const Bytes good = read(name);
  const Entry last = entries(w).back();
  for (uint64_t size = last.offset + 1; size < good.size(); size += 7) {
    write(name, good.substr(0, size));
    auto log = must_open(w);
    EXPECT_EQ(log->records(), 4u);
    ASSERT_TRUE(run_task(log->append(event_named("After"))).ok());
    EXPECT_TRUE(run_task(log->verify()).ok());
    log.reset();
    EXPECT_EQ(names(w), (std::vector<std::string>{"E0", "E1", "E2", "E3", "After"}));
  }
  write(name, good + std::string(5000, '\0'));  // blocks that a crash left unwritten
  EXPECT_EQ(must_open(w)->records(), 5u);
  EXPECT_EQ(read(name), good);
}

TEST_F(LogTest, DamageOfSyncedRecordsIsNeverCut) {
  World w;
  {
    auto log = must_open(w);
    append(*log, 0, 3);
    log->flush();  // what is before is on the device, and the records after tell so
    append(*log, 3, 6);
  }
  const std::string name = files()[0];
  const Bytes good = read(name);
  const auto list = entries(w);
  Bytes bad = good;
  bad[list[1].offset + kFrameBytes] ^= 1;
  write(name, bad);
  auto log = open(w);
  ASSERT_FALSE(log.ok());
  EXPECT_NE(log.error().message.find(fmt::format("offset {}", list[1].offset)), std::string::npos)
      << log.error().message;
  EXPECT_EQ(read(name), bad);
}

TEST_F(LogTest, ATornFileBeforeTheLastIsDamage) {
  World w;
  options_.file_bytes_max = 500;
  append(*must_open(w), 0, 10);
  const std::string before = files()[files().size() - 2];
  write(before, read(before).substr(0, read(before).size() - 3));
  EXPECT_FALSE(open(w).ok());
}

TEST_F(LogTest, AnUnfinishedNewFileIsForgotten) {
  World w;
  append(*must_open(w), 0, 2);
  write(file_name(3) + ".new", "half a header");
  auto log = must_open(w);
  EXPECT_EQ(log->records(), 2u);
  EXPECT_FALSE(fs::exists(path(file_name(3) + ".new")));
}

TEST_F(LogTest, AFailedWriteStopsTheLog) {
  World w;
  auto log = must_open(w);
  append(*log, 0, 2);
  fault::arm("audit.write=error");
  EXPECT_EQ(run_task(log->append(event_named("Lost"))).error().code, "ServiceUnavailable");
  fault::disarm();
  EXPECT_FALSE(log->healthy());
  EXPECT_EQ(run_task(log->append(event_named("Lost"))).error().code, "ServiceUnavailable");
  log.reset();
  EXPECT_EQ(must_open(w)->records(), 2u);
  EXPECT_EQ(names(w), (std::vector<std::string>{"E0", "E1"}));
}

TEST_F(LogTest, AFailedSyncStopsTheLog) {
  World w;
  auto log = must_open(w);
  append(*log, 0, 1);
  log->flush();
  fault::arm("audit.sync=error");
  ASSERT_TRUE(run_task(log->append(event_named("Written"))).ok());
  log->flush();
  for (int i = 0; i < 200 && log->healthy(); ++i) ::usleep(5000);
  EXPECT_FALSE(log->healthy());
  EXPECT_EQ(run_task(log->append(event_named("Lost"))).error().code, "ServiceUnavailable");
}

TEST_F(LogTest, AReopenedLogIsSyncedFirst) {
  World w;
  append(*must_open(w), 0, 2);
  fault::arm("audit.sync=error");
  EXPECT_FALSE(open(w).ok());
  fault::arm("directory.sync=error");
  EXPECT_FALSE(open(w).ok());
  fault::disarm();
  EXPECT_EQ(must_open(w)->records(), 2u);
}

TEST_F(LogTest, AFullQueueRefuses) {
  World w;
  options_.queue_max = 0;
  auto log = must_open(w);
  EXPECT_EQ(run_task(log->append(event_named("E"))).error().code, "ServiceUnavailable");
  log->append_later(event_named("E"));
  EXPECT_TRUE(log->healthy());
  EXPECT_EQ(log->records(), 0u);
}

TEST_F(LogTest, ResetBeginsAnew) {
  World w;
  options_.file_bytes_max = 500;
  auto log = must_open(w);
  append(*log, 0, 10);
  ASSERT_TRUE(run_task(log->reset()).ok());
  EXPECT_EQ(log->records(), 0u);
  append(*log, 20, 21);
  EXPECT_EQ(*run_task(log->verify()), 1u);
  EXPECT_EQ(names(w), (std::vector<std::string>{"E20"}));
}

// The bytes of version 1. A change here is a new version, and this one must still be read.
TEST_F(LogTest, GoldenBytes) {
  World w;
  FileHeader header;
  for (size_t i = 0; i < 16; ++i) header.log[i] = static_cast<uint8_t>(i);
  header.first_sequence = 9;
  header.previous.fill(0xee);
  header.made_ms = 0x0102;
  const Bytes bytes = encode_header(header, *w.keys);
  const Bytes expected = *unhex(
      "636f666175646974"
      "0001"
      "000102030405060708090a0b0c0d0e0f"
      "0000000000000009"
      "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
      "0000000000000102");
  EXPECT_EQ(hex(bytes.substr(0, expected.size())), hex(expected));
  EXPECT_EQ(bytes.substr(expected.size()), w.keys->mac(seal::Series::kAudit, expected));
  EXPECT_EQ(bytes.size(), kFileHeaderBytes);
  EXPECT_EQ(decode_header(bytes, *w.keys)->first_sequence, 9u);

  Bytes record;
  Hash256 chain{};
  append_record(record, chain, 0x0506, "payload");
  EXPECT_EQ(hex(record),
            "00000007"
            "5bd3b782"
            "0000000000000506"
            "0000000000000000000000000000000000000000000000000000000000000000"
            "7061796c6f6164");
  EXPECT_EQ(chain, crypto::sha256(record));
  EXPECT_EQ(file_name(9), "00000000000000000009.log");
}

// --- kill -9

[[noreturn]] void append_until_killed(const Log::Options& options, int pipe) {
  World w;
  auto log = Log::open(options, w.store->meta(), *w.keys, w.clock, w.random);
  if (!log.ok()) ::_exit(2);
  for (uint32_t i = 0;; ++i) {
    if (!run_task((*log)->append(event_named(fmt::format("K{}", i)))).ok()) ::_exit(3);
    if (::write(pipe, &i, sizeof i) != sizeof i) ::_exit(4);
  }
}

TEST_F(LogTest, WhatWasAcknowledgedSurvivesKill9) {
  options_.file_bytes_max = 50'000;
  uint64_t before = 0;
  for (int round = 0; round < 3; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) append_until_killed(options_, ends[1]);
    ::close(ends[1]);
    uint32_t last = 0, i = 0;
    for (int seen = 0; seen < 300 + round * 137; ++seen)
      ASSERT_EQ(::read(ends[0], &last, sizeof last), 4);
    ::kill(child, SIGKILL);
    while (::read(ends[0], &i, sizeof i) == sizeof i) last = i;
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));

    World w;
    auto log = must_open(w);
    const uint64_t records = log->records() - before;
    EXPECT_GE(records, uint64_t{last} + 1);
    EXPECT_LE(records, uint64_t{last} + 2);  // one more may have been on its way
    EXPECT_EQ(*run_task(log->verify()), log->records());
    before = log->records();
  }
}

}  // namespace
}  // namespace coffer::audit
