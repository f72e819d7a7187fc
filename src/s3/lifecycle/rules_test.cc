#include "s3/lifecycle/rules.h"

#include <gtest/gtest.h>

namespace coffer::s3 {
namespace {

constexpr UnixMs kDay = 24 * 3600 * 1000;

struct Version {
  std::string key = "logs/a";
  Head head{.modified_ms = 10 * kDay + 1};
  Tags tags;
  Aged aged() const { return {.key = key, .head = head, .tags = tags}; }
};

TEST(LifecycleRules, DaysEndAtTheNextMidnight) {
  EXPECT_EQ(due(10 * kDay + 1, 3), 14 * kDay);
  EXPECT_EQ(due(10 * kDay, 3), 14 * kDay);
  const Version version;
  const LifecycleRule rule{.enabled = true, .expiration_days = 3};
  EXPECT_FALSE(expires(rule, version.aged(), 14 * kDay - 1));
  EXPECT_TRUE(expires(rule, version.aged(), 14 * kDay));
  LifecycleRule disabled = rule;
  disabled.enabled = false;
  EXPECT_FALSE(expires(disabled, version.aged(), 100 * kDay));
  const LifecycleRule dated{.enabled = true, .expiration_date_ms = 20 * kDay};
  EXPECT_FALSE(expires(dated, version.aged(), 20 * kDay - 1));
  EXPECT_TRUE(expires(dated, version.aged(), 20 * kDay));
}

TEST(LifecycleRules, Filters) {
  Version version;
  version.head.bytes = 100;
  version.tags = {{"a", "1"}, {"b", "2"}};
  const auto hit = [&](LifecycleFilter filter) {
    return expires({.enabled = true, .filter = std::move(filter), .expiration_days = 1},
                   version.aged(), 100 * kDay);
  };
  EXPECT_TRUE(hit({.prefix = "logs/"}));
  EXPECT_FALSE(hit({.prefix = "log/"}));
  EXPECT_TRUE(hit({.tags = {{"a", "1"}}}));
  EXPECT_FALSE(hit({.tags = {{"a", "1"}, {"b", "3"}}}));
  EXPECT_TRUE(hit({.bytes_above = 99, .bytes_below = 101}));
  EXPECT_FALSE(hit({.bytes_above = 100}));
  EXPECT_FALSE(hit({.bytes_below = 100}));
}

TEST(LifecycleRules, NoncurrentVersionsAndMarkers) {
  Version version;
  const LifecycleRule rule{.enabled = true, .noncurrent_days = 2, .noncurrent_kept = 3};
  Aged old = version.aged();
  EXPECT_FALSE(expires(rule, old, 100 * kDay));
  old.noncurrent_since_ms = 20 * kDay;
  old.newer_noncurrent = 3;
  EXPECT_FALSE(expires(rule, old, 23 * kDay - 1));
  EXPECT_TRUE(expires(rule, old, 23 * kDay));
  old.newer_noncurrent = 2;
  EXPECT_FALSE(expires(rule, old, 23 * kDay));

  version.head.delete_marker = true;
  Aged marker = version.aged();
  const LifecycleRule markers{.enabled = true, .expired_delete_marker = true};
  EXPECT_FALSE(expires(markers, marker, 100 * kDay));
  marker.alone = true;
  EXPECT_TRUE(expires(markers, marker, 11 * kDay));
  EXPECT_TRUE(expires({.enabled = true, .expiration_days = 1}, marker, 100 * kDay));
  EXPECT_FALSE(expires({.enabled = true, .filter = {.bytes_above = 1}, .expiration_days = 1},
                       marker, 100 * kDay));
}

TEST(LifecycleRules, Uploads) {
  const LifecycleRule rule{.enabled = true, .filter = {.prefix = "a"}, .abort_upload_days = 1};
  EXPECT_TRUE(aborts(rule, "ab", 10 * kDay, 12 * kDay));
  EXPECT_FALSE(aborts(rule, "ab", 10 * kDay, 12 * kDay - 1));
  EXPECT_FALSE(aborts(rule, "b", 10 * kDay, 12 * kDay));
}

}  // namespace
}  // namespace coffer::s3
