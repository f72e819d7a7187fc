#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace coffer {
namespace {

constexpr UnixMs kRfcExample = 784111777000;  // RFC 9110 section 5.6.7

TEST(Clock, Formats) {
  EXPECT_EQ(iso8601(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso8601_ms(1767323045678), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(http_date(kRfcExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(1767323045678), "Fri, 02 Jan 2026 03:04:05 GMT");
  EXPECT_EQ(basic_date_time(1767323045678), "20260102T030405Z");
  EXPECT_EQ(iso8601_ms(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(iso8601(951782400000), "2000-02-29T00:00:00Z");
}

TEST(Clock, HttpDateHasThreeForms) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), kRfcExample);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), kRfcExample);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), kRfcExample);
  EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994"), kRfcExample + 10 * 86400000LL);
  EXPECT_EQ(parse_http_date("Sat, 29 Oct 2100 19:43:31 GMT"),
            4128522211000);  // a Friday: the name has no meaning
}

TEST(Clock, RoundTrips) {
  SeededRandom random(6);
  for (int i = 0; i < 20000; ++i) {
    const auto t = static_cast<UnixMs>(random.u64() % 253402300800000);  // to the year 9999
    const UnixMs second = t / 1000 * 1000;
    ASSERT_EQ(parse_iso8601(iso8601_ms(t)), t);
    ASSERT_EQ(parse_iso8601(iso8601(t)), second);
    ASSERT_EQ(parse_http_date(http_date(t)), second);
    ASSERT_EQ(parse_basic_date_time(basic_date_time(t)), second);
  }
}

TEST(Clock, Iso8601Forms) {
  EXPECT_EQ(parse_iso8601("2026-01-02T03:04:05.6Z"), 1767323045600);
  EXPECT_EQ(parse_iso8601("2026-01-02T03:04:05.678999999Z"), 1767323045678);
  EXPECT_EQ(parse_iso8601("2026-01-02T05:04:05+02:00"), 1767323045000);
  EXPECT_EQ(parse_iso8601("2026-01-01T23:34:05-03:30"), 1767323045000);
}

TEST(Clock, RefusesWhatIsNoDate) {
  for (auto text : {"",
                    "2026-01-02",
                    "2026-01-02T03:04:05",
                    "2026-1-02T03:04:05Z",
                    "2026-01-02 03:04:05Z",
                    "2026-13-02T03:04:05Z",
                    "2026-00-02T03:04:05Z",
                    "2026-02-29T03:04:05Z",
                    "2100-02-29T03:04:05Z",
                    "2026-04-31T03:04:05Z",
                    "2026-01-00T03:04:05Z",
                    "2026-01-02T24:04:05Z",
                    "2026-01-02T03:60:05Z",
                    "2026-01-02T03:04:60Z",
                    "2026-01-02T03:04:05.Z",
                    "2026-01-02T03:04:05.1234567890Z",
                    "2026-01-02T03:04:05ZZ",
                    "2026-01-02T03:04:05+2:00",
                    "2026-01-02T03:04:05+24:00",
                    "2026-01-02T03:04:05z",
                    "-026-01-02T03:04:05Z"}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
  for (auto text :
       {"", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
  for (auto text : {"", "20260102T030405", "20260102030405Z", "20261302T030405Z",
                    "20260102T250405Z", "20260102T030405ZZ", "2026010aT030405Z"}) {
    EXPECT_EQ(parse_basic_date_time(text), std::nullopt) << text;
  }
}

TEST(Clock, BusinessTimeRunsAhead) {
  ManualClock clock(1000);
  clock.advance_business(500);
  EXPECT_EQ(clock.wall_ms(), 1000);
  EXPECT_EQ(clock.business_ms(), 1500);
  clock.advance(10);
  EXPECT_EQ(clock.business_ms(), 1510);
  clock.reset_business();
  EXPECT_EQ(clock.business_ms(), 1010);
  EXPECT_GT(Clock().wall_ms(), 1'700'000'000'000);
  EXPECT_LE(Clock::monotonic_ns(), Clock::monotonic_ns());
}

}  // namespace
}  // namespace coffer
