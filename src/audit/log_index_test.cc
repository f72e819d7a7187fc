#include "audit/log_index.h"

#include "audit/removal.h"
#include "audit/testing/log_fixture.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace coffer::audit {
namespace {

constexpr UnixMs kNoon = 1'700'000'000'000;

Event key_use(int i, std::string key = "arn:aws:kms:us-east-1:111122223333:key/k1") {
  Event e = event_named("Decrypt", fmt::format("req-{}", i));
  e.event_id = fmt::format("event-{}", i);
  e.time_ms = kNoon + i * 1000;
  e.read_only = true;
  e.recipient_account = "111122223333";
  e.identity = authz::Principal::root("111122223333");
  e.identity.access_key_id = "AKIAEXAMPLE";
  e.resources = {{"111122223333", "AWS::KMS::Key", std::move(key)}};
  return e;
}

Query by(Attribute attribute, std::string value) {
  return {.account = "111122223333", .attribute = attribute, .value = std::move(value)};
}

std::vector<std::string> ids(const Finding& found) {
  std::vector<std::string> out;
  for (const Found& one : found.events) out.push_back(one.event.event_id);
  return out;
}

class LogIndexTest : public LogTest {
 protected:
  Finding find(Log& log, Query query) {
    auto found = run_task(log.find(std::move(query)));
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? std::move(*found) : Finding();
  }
  void use(Log& log, int from, int to) {
    for (int i = from; i < to; ++i) ASSERT_TRUE(run_task(log.append(key_use(i))).ok());
  }
  size_t indexes() {
    size_t n = 0;
    for (const auto& entry : fs::directory_iterator(options_.dir))
      n += entry.path().extension() == ".idx";
    return n;
  }
};

TEST_F(LogIndexTest, FindsByEveryAttributeNewestFirst) {
  World w;
  auto log = must_open(w);
  use(*log, 0, 3);
  const std::vector<std::string> all{"event-2", "event-1", "event-0"};
  for (const auto& [attribute, value] : std::vector<std::pair<Attribute, std::string>>{
           {Attribute::kAny, ""},
           {Attribute::kEventName, "Decrypt"},
           {Attribute::kReadOnly, "true"},
           {Attribute::kUsername, "root"},
           {Attribute::kResourceType, "AWS::KMS::Key"},
           {Attribute::kResourceName, "arn:aws:kms:us-east-1:111122223333:key/k1"},
           {Attribute::kResourceName, "k1"},
           {Attribute::kEventSource, "kms.amazonaws.com"},
           {Attribute::kAccessKeyId, "AKIAEXAMPLE"}})
    EXPECT_EQ(ids(find(*log, by(attribute, value))), all) << value;
  EXPECT_EQ(ids(find(*log, by(Attribute::kEventId, "event-1"))),
            std::vector<std::string>{"event-1"});
  EXPECT_TRUE(find(*log, by(Attribute::kEventName, "Encrypt")).events.empty());
  Query other = by(Attribute::kAny, "");
  other.account = "444455556666";
  EXPECT_TRUE(find(*log, other).events.empty());
}

TEST_F(LogIndexTest, BoundsByTimeSequenceAndCount) {
  World w;
  options_.file_bytes_max = 1500;
  auto log = must_open(w);
  use(*log, 0, 40);
  ASSERT_GT(files().size(), 5u);
  Query q = by(Attribute::kAny, "");
  q.from_ms = kNoon + 10'000;
  q.to_ms = kNoon + 12'000;
  EXPECT_EQ(ids(find(*log, q)), (std::vector<std::string>{"event-12", "event-11", "event-10"}));
  q = by(Attribute::kAny, "");
  q.max = 7;
  std::vector<std::string> seen;
  for (bool more = true; more;) {
    Finding page = find(*log, q);
    more = page.more;
    for (const Found& one : page.events) seen.push_back(one.event.event_id);
    if (!page.events.empty()) q.to_sequence = page.events.back().sequence;
  }
  ASSERT_EQ(seen.size(), 40u);
  EXPECT_EQ(seen.front(), "event-39");
  EXPECT_EQ(seen.back(), "event-0");
  q = by(Attribute::kAny, "");
  q.newest_first = false;
  q.from_sequence = 5;
  q.max = 2;
  EXPECT_EQ(ids(find(*log, q)), (std::vector<std::string>{"event-4", "event-5"}));
}

TEST_F(LogIndexTest, StoredIndexesSurviveAndAreMadeAnewWhereTheyAreNot) {
  World w;
  options_.file_bytes_max = 1500;
  {
    auto log = must_open(w);
    use(*log, 0, 20);
    find(*log, by(Attribute::kAny, ""));
  }
  EXPECT_EQ(indexes(), files().size() - 1);
  for (const auto& entry : fs::directory_iterator(options_.dir))
    if (entry.path().extension() == ".idx") {
      std::ofstream(entry.path(), std::ios::binary | std::ios::trunc) << "no index";
      break;
    }
  auto log = must_open(w);
  use(*log, 20, 25);
  EXPECT_EQ(find(*log, by(Attribute::kAny, "")).events.size(), 25u);
  EXPECT_TRUE(run_task(log->verify()).ok());
}

TEST_F(LogIndexTest, VerifyFindsAnIndexThatHides) {
  World w;
  options_.file_bytes_max = 1500;
  auto log = must_open(w);
  use(*log, 0, 20);
  find(*log, by(Attribute::kAny, ""));
  const std::string name = index_name(files()[0]);
  Bytes bytes = read(name);
  bytes.back() ^= 1;
  write(name, bytes);
  auto verified = run_task(log->verify());
  ASSERT_FALSE(verified.ok());
  EXPECT_NE(verified.error().message.find("its index is another one"), std::string::npos);
}

TEST_F(LogIndexTest, DataEventsAreDeliveredAndNeverLookedUp) {
  World w;
  auto log = must_open(w);
  Event e = key_use(0);
  e.category = Category::kData;
  ASSERT_TRUE(run_task(log->append(e)).ok());
  EXPECT_TRUE(find(*log, by(Attribute::kAny, "")).events.empty());
  EXPECT_TRUE(find(*log, by(Attribute::kEventName, "Decrypt")).events.empty());
  EXPECT_EQ(find(*log, by(Attribute::kEverything, "")).events.size(), 1u);
}

TEST_F(LogIndexTest, RemovalOfOldFilesIsToldFromTampering) {
  World w;
  options_.file_bytes_max = 1500;
  auto log = must_open(w);
  use(*log, 0, 40);
  const auto before = run_task(log->checkpoint());
  ASSERT_TRUE(before.ok());
  const auto names = files();
  EXPECT_EQ(*run_task(log->remove_before(kNoon + 20'000, 3)), 0u);  // undelivered
  const size_t removed = *run_task(log->remove_before(kNoon + 20'000, UINT64_MAX));
  ASSERT_GT(removed, 1u);
  EXPECT_EQ(files().size(), names.size() - removed);
  EXPECT_EQ(*run_task(log->verify({*before})), 40u);
  EXPECT_EQ(find(*log, by(Attribute::kEventId, "event-39")).events.size(), 1u);
  EXPECT_TRUE(find(*log, by(Attribute::kEventId, "event-0")).events.empty());

  fs::rename(path(files()[0]), dir_ / "aside");
  EXPECT_FALSE(run_task(log->verify()).ok()) << "another file removed";
  fs::rename(dir_ / "aside", path(names[removed]));
  const Bytes record = read("removed");
  fs::remove(path("removed"));
  EXPECT_FALSE(run_task(log->verify()).ok()) << "the record of the removal removed";
  Bytes forged = record;
  forged[30] ^= 1;
  write("removed", forged);
  EXPECT_FALSE(run_task(log->verify()).ok()) << "a forged record";
  write("removed", record);
  EXPECT_TRUE(run_task(log->verify()).ok());
}

TEST_F(LogIndexTest, CheckpointsFindACutEndAndAnotherHistory) {
  World w;
  auto log = must_open(w);
  use(*log, 0, 3);
  const Checkpoint point = *run_task(log->checkpoint());
  EXPECT_EQ(point.sequence, 3u);
  use(*log, 3, 5);
  EXPECT_TRUE(run_task(log->verify({point})).ok());
  Checkpoint other = point;
  other.chain = crypto::sha256("another history");
  EXPECT_FALSE(run_task(log->verify({other})).ok());
  other = point;
  other.sequence = 6;
  EXPECT_FALSE(run_task(log->verify({other})).ok());
  other = point;
  other.log = Id128{};
  EXPECT_FALSE(run_task(log->verify({other})).ok());
}

// The bytes of version 1. A change here is a new version; an index of another is made anew.
TEST(FileIndexTest, GoldenBytes) {
  Event e = key_use(0);
  e.category = Category::kData;
  MemoryIndex index;
  index.add(110, e);
  FileHeader header;
  header.log = Id128::from(Bytes(16, 'L'));
  header.first_sequence = 7;
  const std::string expected =
      "636f6661756964780001"              // cofauidx, version
      "4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c"  // the log
      "0000000000000007"
      "0000000000000200"          // first sequence number, bytes of the log file
      "000000010000000100000001"  // records, keys, postings
      "0000018bcfe56800"
      "0000018bcfe56800";  // least and greatest time
  const std::string got = hex(index.encode(header, 512));
  EXPECT_EQ(got.substr(0, expected.size()), expected);
  EXPECT_EQ(got.substr(expected.size() + 8),
            "0000006e0000018bcfe56800" +
                fmt::format("{:016x}", index_key("111122223333", Attribute::kEverything, "")) +
                "00000000"
                "00000001"
                "00000000");
}

TEST(RemovalTest, GoldenBytes) {
  World w;
  Removal removal{Id128::from(Bytes(16, 'L')), 9, Hash256::from(Bytes(32, 'H'))};
  const Bytes bytes = encode_removal(removal, *w.keys);
  EXPECT_EQ(hex(bytes.substr(0, bytes.size() - kMacBytes)),
            "636f6661"
            "75726d76"
            "0001"
            "4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c"
            "0000000000000009" +
                hex(Bytes(32, 'H')));
  auto back = decode_removal(bytes, *w.keys);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->first_sequence, 9u);
  for (size_t i = 0; i < bytes.size(); ++i) {
    Bytes bad = bytes;
    bad[i] ^= 1;
    EXPECT_FALSE(decode_removal(bad, *w.keys).ok()) << i;
    EXPECT_FALSE(decode_removal(bytes.substr(0, i), *w.keys).ok()) << i;
  }
}

}  // namespace
}  // namespace coffer::audit
