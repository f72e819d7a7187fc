#include "audit/trails.h"

#include <zlib.h>

#include <nlohmann/json.hpp>

#include "audit/checkpoint.h"
#include "audit/gzip.h"
#include "audit/testing/log_fixture.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace coffer::audit {
namespace {

using nlohmann::json;

constexpr std::string_view kAccount = "111122223333";

std::string gunzip(ByteView bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  Bytes out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u) << "nothing may follow the stream";
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

Event event_of(std::string name, Category category = Category::kManagement) {
  Event e = event_named(std::move(name));
  e.category = category;
  e.recipient_account = kAccount;
  e.identity = authz::Principal::root(std::string(kAccount));
  return e;
}

Event data_event(std::string name, std::string bucket, std::string key, bool read_only) {
  Event e = event_of(std::move(name), Category::kData);
  e.source = "s3.amazonaws.com";
  e.read_only = read_only;
  e.resources = {{"", "AWS::S3::Object", fmt::format("arn:aws:s3:::{}/{}", bucket, key)},
                 {std::string(kAccount), "AWS::S3::Bucket", "arn:aws:s3:::" + bucket}};
  return e;
}

TEST(SelectorsTest, WithoutAnyAllManagementEvents) {
  EXPECT_TRUE(selects({}, event_of("CreateKey")));
  EXPECT_FALSE(selects({}, data_event("GetObject", "b", "k", true)));
}

TEST(SelectorsTest, BasicOnes) {
  EventSelector s{.read_write = ReadWrite::kWriteOnly};
  s.data = {{"AWS::S3::Object", {"arn:aws:s3:::b/in/"}}};
  s.excluded_sources = {"kms.amazonaws.com"};
  const Selectors chosen{.basic = {s}, .advanced = {}};
  EXPECT_TRUE(check_selectors(chosen).ok());
  EXPECT_TRUE(may_take_data(chosen));
  EXPECT_FALSE(selects(chosen, event_of("CreateKey")));
  EXPECT_TRUE(selects(chosen, data_event("PutObject", "b", "in/k", false)));
  EXPECT_FALSE(selects(chosen, data_event("GetObject", "b", "in/k", true)));
  EXPECT_FALSE(selects(chosen, data_event("PutObject", "b", "out/k", false)));
  EXPECT_FALSE(selects(chosen, data_event("PutObject", "bb", "in/k", false)));
  Selectors every = chosen;
  every.basic[0].data[0].values = {"arn:aws:s3"};
  EXPECT_TRUE(selects(every, data_event("PutObject", "bb", "k", false)));
}

TEST(SelectorsTest, AdvancedOnes) {
  AdvancedSelector s{.name = "n", .fields = {}};
  s.fields.push_back({.field = "eventCategory", .equals = {"Data"}});
  s.fields.push_back({.field = "resources.type", .equals = {"AWS::S3::Object"}});
  s.fields.push_back(
      {.field = "resources.ARN", .starts_with = {"arn:aws:s3:::b/"}, .not_ends_with = {".tmp"}});
  const Selectors chosen{.basic = {}, .advanced = {s}};
  EXPECT_TRUE(check_selectors(chosen).ok());
  EXPECT_TRUE(selects(chosen, data_event("PutObject", "b", "k", false)));
  EXPECT_FALSE(selects(chosen, data_event("PutObject", "b", "k.tmp", false)));
  EXPECT_FALSE(selects(chosen, data_event("PutObject", "c", "k", false)));
  EXPECT_FALSE(selects(chosen, event_of("CreateKey")));
  Selectors none = chosen;
  none.advanced[0].fields[0].field = "nothing";
  EXPECT_EQ(check_selectors(none).error().code, "InvalidEventSelectorsException");
}

TEST(TrailTest, EncodingComesBackAndRefusesCuts) {
  Trail t;
  t.config = {.account = std::string(kAccount), .region = "us-east-1", .name = "t", .bucket = "b"};
  t.config.selectors.advanced = {
      {.name = "n", .fields = {{.field = "eventCategory", .equals = {"Data"}}}}};
  t.config.tags = {{"a", "1"}};
  t.state.stretches = {{3, 9}, {12}};
  t.state.started_ms = 5;
  t.state.pending = {{"b", "o", crypto::sha256("x"), 1, 2}};
  t.state.previous = DigestRef{"b", "d", crypto::sha256("y"), "sig"};
  const Bytes bytes = encode_trail(t);
  auto back = decode_trail(bytes);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(encode_trail(*back), bytes);
  EXPECT_TRUE(back->state.logging());
  for (size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(decode_trail(bytes.substr(0, n)).ok()) << n;
  EXPECT_FALSE(decode_trail(bytes + "x").ok());
}

// The bytes of version 1. A change here is a new version, and this one must still be read.
TEST(TrailTest, GoldenBytes) {
  Trail t;
  t.config = {.account = "a", .region = "r", .name = "n", .bucket = "b", .prefix = "p"};
  t.config.validation = true;
  t.config.selectors.basic.push_back({.data = {{"t", {"v"}}}});
  t.config.tags = {{"k", "w"}};
  t.config.created_ms = 1;
  t.state.stretches = {{.from = 2}};
  t.state.started_ms = 3;
  t.state.digest_from_ms = 4;
  EXPECT_EQ(hex(encode_trail(t)),
            "43545401"  // CTT, version
            "0161"
            "0172"
            "016e"
            "0162"
            "0170"
            "00"      // account … prefix, key
            "010001"  // global, multi-Region, validation
            "01"
            "00"
            "01"
            "01"
            "0174"
            "01"
            "0176"
            "00"  // one basic selector
            "00"  // no advanced one
            "01"
            "016b"
            "0177"              // tags
            "0000000000000001"  // created
            "01"
            "0000000000000002"
            "ffffffffffffffff"  // stretches
            "01"
            "0000000000000003"
            "00"
            "00"
            "00"  // started, stopped, delivered, digested
            "00"
            "00"
            "00"  // errors, pending files
            "0000000000000004"
            "00");  // next digest's beginning, no previous
}

TEST(TrailTest, Names) {
  for (const char* good : {"abc", "a-b", "A.b_c-9", "1.2.3", "a23"})
    EXPECT_TRUE(check_trail_name(good).ok()) << good;
  for (const char* bad : {"", "ab", ".ab", "ab.", "a..b", "a/b", "1.2.3.4", "a b"})
    EXPECT_EQ(check_trail_name(bad).error().code, "InvalidTrailNameException") << bad;
}

class TrailsTest : public LogTest {
 protected:
  TrailsTest() : log_(must_open(w_)) { open_trails(); }
  void open_trails() {
    trails_ = std::make_unique<Trails>(
        Trails::Deps{w_.store->meta(), *w_.keys, *log_, w_.clock, w_.random, pool_});
    EXPECT_TRUE(run_task(trails_->load()).ok());
  }
  ~TrailsTest() override { pool_.join(); }
  Draft draft() { return Draft(*log_, event_of("Change")); }
  void make(bool validation) {
    TrailConfig config{
        .account = std::string(kAccount), .region = "us-east-1", .name = "trail", .bucket = "logs"};
    config.validation = validation;
    Draft d = draft();
    ASSERT_TRUE(run_task(trails_->create(config, d)).ok());
    change(trails_->start());
  }
  void change(Trails::Edit edit) {
    Draft d = draft();
    ASSERT_TRUE(run_task(trails_->change(std::string(kAccount), "trail", edit, &d)).ok());
  }
  void put(std::string name) {
    Event e = event_of(std::move(name));
    e.time_ms = w_.clock.business_ms();
    ASSERT_TRUE(run_task(log_->append(e)).ok());
  }
  std::optional<Parcel> next(bool urgent = false) {
    auto out = run_task(trails_->next(std::string(kAccount), "trail", urgent));
    EXPECT_TRUE(out.ok()) << out.error().message;
    return out.ok() ? std::move(*out) : std::nullopt;
  }
  // deliver puts everything there is, and answers it.
  std::vector<Parcel> deliver(bool urgent = false) {
    std::vector<Parcel> out;
    while (auto parcel = next(urgent)) {
      out.push_back(*parcel);
      EXPECT_TRUE(run_task(trails_->delivered(std::move(*parcel))).ok());
    }
    return out;
  }

  World w_;
  WorkPool pool_{2};
  std::unique_ptr<Log> log_;
  std::unique_ptr<Trails> trails_;
};

TEST_F(TrailsTest, DeliversAfterFourMinutesAndOnStop) {
  make(false);
  put("One");
  EXPECT_TRUE(deliver().empty());
  w_.clock.advance(4 * 60 * 1000);
  put("Two");
  const auto files = deliver();
  ASSERT_EQ(files.size(), 1u);
  const json records = json::parse(gunzip(files[0].body))["Records"];
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0]["eventName"], "One");
  EXPECT_TRUE(
      files[0].object.starts_with("AWSLogs/111122223333/CloudTrail/us-east-1/2023/11/14/"
                                  "111122223333_CloudTrail_us-east-1_20231114T2217Z_"))
      << files[0].object;
  EXPECT_TRUE(deliver().empty());
  put("Three");
  change(trails_->stop());
  put("Four");
  const auto last = deliver();
  ASSERT_EQ(last.size(), 1u);
  EXPECT_EQ(json::parse(gunzip(last[0].body))["Records"].size(), 1u);
  EXPECT_TRUE(trails_->find(kAccount, "trail")->state.stretches.empty());
}

TEST_F(TrailsTest, DigestsAreChainedAndSigned) {
  make(true);
  put("One");
  w_.clock.advance(2 * 3600 * 1000 + 5000);
  auto sent = deliver();
  ASSERT_EQ(sent.size(), 3u);  // a log file, two digests
  change(trails_->stop());
  for (auto& parcel : deliver()) sent.push_back(std::move(parcel));
  ASSERT_EQ(sent.size(), 4u);
  std::string before = "null";
  for (size_t i = 1; i < sent.size(); ++i) {
    const std::string text = gunzip(sent[i].body);
    const json digest = json::parse(text);
    EXPECT_EQ(digest["digestS3Object"], sent[i].object);
    EXPECT_EQ(digest["logFiles"].size(), i == 1 ? 1u : 0u);
    EXPECT_EQ(digest["previousDigestSignature"], before == "null" ? json() : json(before));
    const std::string signed_text =
        fmt::format("{}\nlogs/{}\n{}\n{}", digest["digestEndTime"].get<std::string>(),
                    sent[i].object, crypto::sha256_hex(text), before);
    EXPECT_TRUE(trails_->signers().verify(digest["digestPublicKeyFingerprint"].get<std::string>(),
                                          signed_text, *unhex(sent[i].signature)));
    before = sent[i].signature;
  }
  EXPECT_EQ(json::parse(gunzip(sent[1].body))["logFiles"][0]["hashValue"],
            crypto::sha256_hex(gunzip(sent[0].body)));
}

TEST_F(TrailsTest, DeliveringIsNoReasonToDeliver) {
  make(false);
  change(trails_->start());
  deliver(true);
  Event own = event_of("GenerateDataKey");
  own.identity = authz::Principal::service("cloudtrail.amazonaws.com");
  ASSERT_TRUE(run_task(log_->append(own)).ok());
  w_.clock.advance(3600 * 1000);
  EXPECT_TRUE(deliver().empty());
  put("Other");
  w_.clock.advance(3600 * 1000);
  const auto files = deliver();
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(json::parse(gunzip(files[0].body))["Records"].size(), 2u);
}

TEST_F(TrailsTest, StateSurvivesAndUndeliveredIsKnown) {
  EXPECT_EQ(trails_->undelivered(), UINT64_MAX);
  make(true);
  put("One");
  const uint64_t first = trails_->undelivered();
  EXPECT_LT(first, log_->next_sequence());
  auto parcel = next(true);
  ASSERT_TRUE(parcel.has_value());
  ASSERT_TRUE(run_task(trails_->failed(std::move(*parcel), "AccessDenied")).ok());
  open_trails();
  const TrailPtr trail = trails_->find(kAccount, "trail");
  ASSERT_TRUE(trail);
  EXPECT_TRUE(trail->state.logging());
  EXPECT_EQ(trail->state.delivery_error, "AccessDenied");
  EXPECT_EQ(trails_->undelivered(), first);
  deliver(true);
  EXPECT_TRUE(trails_->find(kAccount, "trail")->state.delivery_error.empty());
  EXPECT_GT(trails_->undelivered(), first);
}

TEST_F(TrailsTest, CheckpointsAreSigned) {
  put("One");
  Checkpoint point = *run_task(log_->checkpoint());
  point.time_ms = w_.clock.business_ms();
  const std::string text = *run_task(sign_checkpoint(trails_->signers(), point));
  auto back = open_checkpoint(trails_->signers(), text);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->chain, point.chain);
  json changed = json::parse(text);
  changed["sequence"] = point.sequence + 1;
  EXPECT_FALSE(open_checkpoint(trails_->signers(), changed.dump()).ok());
  for (const char* bad : {"", "[]", "{}", "{\"version\":1}", "null"})
    EXPECT_FALSE(open_checkpoint(trails_->signers(), bad).ok()) << bad;
}

TEST_F(TrailsTest, PublicKeysArePkcs1) {
  const PublicKey key = *run_task(trails_->signers().current());
  EXPECT_EQ(hex(key.der.substr(0, 9)), "3082010a0282010100");
  EXPECT_EQ(key.fingerprint.size(), 32u);
  open_trails();
  ASSERT_EQ(trails_->signers().public_keys().size(), 1u);
  EXPECT_EQ(trails_->signers().public_keys()[0].der, key.der);
}

}  // namespace
}  // namespace coffer::audit
