// The small files of this room: arn, check, counters, fault, log, random, result.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <regex>

#include "base/arn.h"
#include "base/counters.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/random.h"
#include "base/result.h"

namespace coffer {
namespace {

using testing::HasSubstr;

TEST(Arn, ParsesAndPrints) {
  for (auto text : {"arn:aws:s3:::bucket/key", "arn:aws:kms:us-east-1:111122223333:key/1234",
                    "arn:aws:sns:us-east-1:111122223333:topic:with:colons"}) {
    auto arn = Arn::parse(text);
    ASSERT_TRUE(arn) << text;
    EXPECT_EQ(arn->str(), text);
  }
  EXPECT_EQ(Arn::parse("arn:aws:sns:r:a:topic:x")->resource, "topic:x");
  for (auto text : {"", "arn", "arn:aws:s3::", "arn:aws:s3:::", "urn:aws:s3:::b", "arn::s3:::b",
                    "arn:aws::::b"}) {
    EXPECT_FALSE(Arn::parse(text)) << text;
  }
  EXPECT_TRUE(is_account_id("111122223333"));
  EXPECT_FALSE(is_account_id("11112222333"));
  EXPECT_FALSE(is_account_id("11112222333a"));
}

TEST(Check, EndsTheProcess) { EXPECT_DEATH(CHECK(1 == 2), "check_failed.*1 == 2"); }

TEST(Counters, CountByName) {
  Counters counters;
  auto& a = counters.at("a");
  a += 2;
  counters.at("b") += 1;
  EXPECT_EQ(&counters.at("a"), &a);
  EXPECT_EQ(counters.snapshot(), (std::map<std::string, int64_t>{{"a", 2}, {"b", 1}}));
}

TEST(Fault, FiresOnceAtItsPassing) {
  EXPECT_EQ(fault::hit("x"), fault::Action::kNone);
  fault::arm("x=error,y=error@3");
  EXPECT_TRUE(fault::failed("x"));
  EXPECT_FALSE(fault::failed("x"));
  EXPECT_FALSE(fault::failed("y"));
  EXPECT_FALSE(fault::failed("z"));
  EXPECT_FALSE(fault::failed("y"));
  EXPECT_TRUE(fault::failed("y"));
  EXPECT_FALSE(fault::failed("y"));
  fault::arm("x=error");
  fault::disarm();
  EXPECT_FALSE(fault::failed("x"));
}

TEST(Fault, Kills) {
  const auto passes_twice = [] {
    fault::arm("commit.before=kill@2");
    if (fault::hit("commit.before") != fault::Action::kNone) std::_Exit(1);
    fault::hit("commit.before");
    std::_Exit(2);
  };
  EXPECT_EXIT(passes_twice(), testing::KilledBySignal(SIGKILL), "");
  EXPECT_DEATH(fault::arm("x=explode"), "check_failed");
}

std::string logged(std::string_view event, std::string value) {
  testing::internal::CaptureStderr();
  log::info(event, {{"value", std::move(value)}});
  return testing::internal::GetCapturedStderr();
}

TEST(Log, OneLineOfJson) {
  const std::string line = logged("object.put", "plain");
  EXPECT_TRUE(std::regex_match(
      line,
      std::regex(
          R"re(\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","level":"info","event":"object.put","value":"plain"\}\n)re")))
      << line;
}

TEST(Log, ValuesCannotBreakOut) {
  EXPECT_THAT(logged("e", "a\"b\\c\nd\x1b[2J\x7f"),
              HasSubstr(R"("a\"b\\c\u000ad\u001b[2J\u007f")"));
  EXPECT_THAT(logged("e", "\xc3\xa9\xc2\x9b"), HasSubstr("\"\xc3\xa9\\u009b\""));
  EXPECT_THAT(logged("e", "\xff\xc3"), HasSubstr(R"("\\xff\\xc3")"));
  EXPECT_THAT(logged("e", std::string(2047, 'x') + "\xc3\xa9"), HasSubstr("xx...\""));
  EXPECT_LT(logged("e", std::string(1 << 20, 'x')).size(), 3000U);
}

TEST(Log, LevelsChangeWhileRunning) {
  const log::Level before = log::level();
  log::set_level(log::Level::kError);
  EXPECT_EQ(logged("e", "v"), "");
  log::set_level(before);
  EXPECT_NE(logged("e", "v"), "");
}

TEST(Random, SeededRepeatsItself) {
  SeededRandom a(7), b(7), c(8);
  const Bytes bytes = a.bytes(37);
  EXPECT_EQ(bytes, b.bytes(37));
  EXPECT_NE(bytes, c.bytes(37));
  EXPECT_NE(a.u64(), a.u64());
  EXPECT_EQ(SeededRandom(0).u64(), 0xe220a8397b1dcdafU);  // splitmix64's published first output
}

TEST(Random, Uuid) {
  SeededRandom random(9);
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(std::regex_match(random.uuid(), form));
}

Result<int> half(int n) {
  if (n % 2 != 0) return Error{"Odd", "The number is odd."};
  return n / 2;
}

Result<int> quarter(int n) {
  TRY(int h, half(n));
  return half(h);
}

TEST(Result, CarriesAValueOrAnError) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error().code, "Odd");
  EXPECT_EQ(Error({"A", "b"}).with("n", "v").details[0].value, "v");
  EXPECT_DEATH((void)*half(1), "check_failed");
}

TEST(Result, InternalErrorsAreLoggedAndSayNothing) {
  testing::internal::CaptureStderr();
  const Error error = internal_error("the disk is gone");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("the disk is gone"));
  EXPECT_EQ(error.code, "InternalError");
  EXPECT_EQ(error.message, "We encountered an internal error. Please try again.");
}

}  // namespace
}  // namespace coffer
