#include "iam/records.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/turns.h"
#include "seal/testing/run_task.h"
#include "store/meta_store.h"

namespace coffer::iam {
namespace {

AccountRecord account() {
  return {.change = 7,
          .change_id = Id128::from("0123456789abcdef"),
          .canonical_id = "cc",
          .organization_id = "o-1",
          .created_ms = 1000,
          .root_keys = {"AKIA1"}};
}
UserRecord user() {
  return {.name = "Bob",
          .id = "AIDA1",
          .path = "/t/",
          .created_ms = 2000,
          .boundary = "arn:b",
          .tags = {{"k", "v"}},
          .access_key_ids = {"AKIA2"},
          .attached = {"arn:p"},
          .inline_names = {"i"}};
}
PolicyRecord policy() {
  return {.name = "P",
          .id = "ANPA1",
          .path = "/",
          .description = "d",
          .created_ms = 3000,
          .updated_ms = 4000,
          .default_version = 2,
          .next_version = 4,
          .versions = {{2, 3000}, {3, 4000}},
          .tags = {}};
}

// The plaintext of docs/formats/iam_records.md, version 1: stores out there hold it, sealed.
TEST(IamRecords, KeepTheirBytes) {
  EXPECT_EQ(hex(encode(account())),
            "4941010000000000000007303132333435363738396162636465660263630"
            "36f2d3100000000000003e80105414b494131");
  EXPECT_EQ(hex(encode(user())),
            "49550103426f620541494441"
            "31032f742f00000000000007d00561726e3a6201016b01760105414b494132010561726e3a70010169");
  EXPECT_EQ(hex(encode(KeyRecord{
                .user_id = "AIDA1", .active = true, .created_ms = 5, .wrapped_secret = "ww"})),
            "494b010541494441310100000000000000050277"
            "77");
  EXPECT_EQ(hex(encode(policy())),
            "495001015005414e504131012f01640000000000000bb80000000000000fa0020402020000000000000bb8"
            "030000000000000fa000");
  EXPECT_EQ(hex(encode(LastUsedRecord{6, "s3", "r"})),
            "494c010000000000000006027333"
            "0172");
  EXPECT_EQ(hex(encode_document("{}")), "4944017b7d");
  EXPECT_EQ(hex(encode(
                MemberRecord{.name = "N", .email = "e@f.g", .closed_ms = 9, .tags = {{"k", "v"}}})),
            "494d01014e056540662e67000000000000000901016b0176");
  EXPECT_EQ(hex(encode(CreationRecord{.id = "car-1",
                                      .name = "N",
                                      .email = "e@f.g",
                                      .account = "111122223333",
                                      .requested_ms = 8,
                                      .failure = "F"})),
            "494301056361722d31014e056540662e670c31313131323232323333333300000000000000080146");
  EXPECT_EQ(
      hex(encode(GroupRecord{.name = "Team",
                             .id = "AGPA1",
                             .path = "/t/",
                             .created_ms = 2000,
                             .attached = {"arn:p"},
                             .inline_names = {"i"},
                             .user_ids = {"AIDA1"}})),
      "494701045465616d054147504131032f742f00000000000007d0010561726e3a7001016901054149444131");
  EXPECT_EQ(hex(encode(ControlRecord{.id = "p-1",
                                     .name = "N",
                                     .description = "d",
                                     .targets = {"root", "1"},
                                     .document = "{}"})),
            "49530103702d31014e01640204726f6f740131027b7d");
}

TEST(IamRecords, AreBoundToTheirPlace) {
  EXPECT_EQ(row_aad("111122223333", user_row("Bob")), "account/111122223333/iam/user/bob");
}

// 38 octets come with the seal; the store guards rows of up to 4 KiB.
TEST(IamRecords, TheLargestHeadCanBeGuarded) {
  AccountRecord head = account();
  head.canonical_id = std::string(64, 'c');
  head.organization_id = "o-0123456789";
  head.root_keys.assign(kRootKeysMax, std::string(128, 'k'));
  EXPECT_LE(encode(head).size() + 38, store::kGuardedValueMax);
}

TEST(IamRecords, ComeBackAsTheyWere) {
  auto a = decode_account(encode(account()));
  ASSERT_TRUE(a);
  EXPECT_EQ(encode(*a), encode(account()));
  auto u = decode_user(encode(user()));
  ASSERT_TRUE(u);
  EXPECT_EQ(encode(*u), encode(user()));
  auto p = decode_policy(encode(policy()));
  ASSERT_TRUE(p);
  EXPECT_EQ(encode(*p), encode(policy()));
  EXPECT_EQ(decode_document(encode_document("{}")), "{}");
}

TEST(IamRecords, RefuseWhatIsCutOrOfAnotherVersion) {
  Bytes raw = encode(user());
  for (size_t n = 0; n < raw.size(); ++n)
    EXPECT_FALSE(decode_user(ByteView(raw).substr(0, n))) << n;
  EXPECT_FALSE(decode_user(raw + "x"));
  EXPECT_FALSE(decode_account(raw));
  raw[2] = 2;
  EXPECT_FALSE(decode_user(raw));
}

TEST(Turns, AreTakenOneAfterTheOther) {
  Turns turns;
  int inside = 0, done = 0;
  asio::io_context loop(1);
  auto visit = [](Turns& t, int& in, int& out) -> Task<void> {
    Turns::Turn turn = co_await t.take("x");
    EXPECT_EQ(++in, 1);
    for (int i = 0; i < 3; ++i)
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    --in;
    ++out;
  };
  for (int i = 0; i < 5; ++i)
    asio::co_spawn(loop, visit(turns, inside, done),
                   [](std::exception_ptr e) { EXPECT_EQ(e, nullptr); });
  loop.run();
  EXPECT_EQ(done, 5);
}

}  // namespace
}  // namespace coffer::iam
