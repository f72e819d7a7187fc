#include "store/embedded/blob_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"

namespace coffer::store::embedded {
namespace {

TEST(BlobBook, KnowsWhatWaits) {
  BlobBook book;
  book.begin(1, "", 10);
  book.begin(2, "z", 10);
  EXPECT_TRUE(book.touch(1));
  EXPECT_FALSE(book.touch(3));
  book.end(1);
  book.end(1);
  EXPECT_FALSE(book.touch(1));
  EXPECT_TRUE(book.any_in(10));
  book.end(2);
  EXPECT_FALSE(book.any_in(10));
}

TEST(BlobBook, ExpiresWhatNobodyTouched) {
  BlobBook book;
  book.begin(1, "z", 10);
  EXPECT_TRUE(book.expire(Clock::monotonic_ms() - 1000).empty());
  EXPECT_THAT(book.expire(Clock::monotonic_ms() + 1000),
              ::testing::ElementsAre(std::pair<std::string, uint64_t>("z", 10)));
  EXPECT_FALSE(book.any_in(10));
}

TEST(BlobBook, TellsOnceWhatWasGivenUp) {
  BlobBook book;
  book.begin(1, "z", 10);
  book.begin(2, "z", 10);
  book.give_up(1);
  book.give_up(1);
  book.give_up(3);
  EXPECT_FALSE(book.touch(1));
  EXPECT_TRUE(book.any_in(10));
  EXPECT_THAT(book.expire(0), ::testing::ElementsAre(std::pair<std::string, uint64_t>("z", 10)));
  EXPECT_TRUE(book.expire(0).empty());
}

}  // namespace
}  // namespace coffer::store::embedded
