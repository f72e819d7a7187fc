#include "store/embedded/file_io.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "store/testing/engines.h"

namespace coffer::store::embedded {
namespace {

namespace fs = std::filesystem;

TEST(MakeDirs, EachNewNameIsSynced) {
  for (int n = 1; n <= 3; ++n) {
    testing::TempDir top;
    fault::arm(fmt::format("dir.sync=error@{}", n));
    EXPECT_EQ(make_dirs(top.path() + "/a/b/c/"), EIO) << n;
    fault::disarm();
    EXPECT_EQ(make_dirs(top.path() + "/a/b/c/"), 0);
    EXPECT_TRUE(fs::is_directory(top.path() + "/a/b/c"));
  }
}

TEST(MakeDirs, AFileInTheWayIsAnError) {
  testing::TempDir top;
  ASSERT_EQ(write_file(top.path() + "/file", "x"), 0);
  EXPECT_EQ(make_dirs(top.path() + "/file"), ENOTDIR);
  EXPECT_NE(make_dirs(top.path() + "/file/below"), 0);
}

// A fresh store makes DIR, FORMAT, segments/, the zone, its segments/ and meta/.
TEST(MakeDirs, AStoreThatOpenedHasEachOfItsNamesSynced) {
  testing::Bench bench("memory");
  int refused = 0;
  for (; refused < 20; ++refused) {
    testing::TempDir top;
    EmbeddedOptions options = bench.options();
    options.data_dir = top.path() + "/new";
    fault::arm(fmt::format("dir.sync=error@{}", refused + 1));
    auto opened = open_embedded(options);
    fault::disarm();
    if (opened.ok()) break;
    EXPECT_EQ(opened.error().code, "StoreUnusable");
  }
  EXPECT_EQ(refused, 6);
}

}  // namespace
}  // namespace coffer::store::embedded
