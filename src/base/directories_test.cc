#include "base/directories.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/fault.h"

namespace coffer {
namespace {

namespace fs = std::filesystem;

class DirectoriesTest : public testing::Test {
 protected:
  DirectoriesTest()
      : dir_(fs::temp_directory_path() / fmt::format("coffer-directories-{}", ::getpid())) {
    fs::create_directories(dir_);
  }
  ~DirectoriesTest() override {
    fault::disarm();
    fs::remove_all(dir_);
  }
  std::string in(const std::string& name) const { return (dir_ / name).string(); }

  const fs::path dir_;
};

TEST_F(DirectoriesTest, MakesWhatIsMissing) {
  EXPECT_EQ(make_directories(in("a/b/c"), 0700), 0);
  for (const char* made : {"a", "a/b", "a/b/c"})
    EXPECT_EQ(fs::status(in(made)).permissions(), fs::perms::owner_all) << made;
  EXPECT_EQ(make_directories(in("a/b/c"), 0700), 0);
  EXPECT_EQ(make_directories(in("a/d/"), 0700), 0);
}

TEST_F(DirectoriesTest, SyncsTheParentOfEachThatItMakes) {
  for (const char* passing :
       {"directory.sync=error@1", "directory.sync=error@2", "directory.sync=error@3"}) {
    fault::arm(passing);
    EXPECT_EQ(make_directories(in("a/b/c"), 0700), EIO) << passing;
    fault::disarm();
    fs::remove_all(dir_ / "a");
  }
  fault::arm("directory.sync=error@4");
  EXPECT_EQ(make_directories(in("a/b/c"), 0700), 0);
}

TEST_F(DirectoriesTest, AFileInTheWayIsAnError) {
  std::ofstream(in("file")) << "x";
  EXPECT_EQ(make_directories(in("file"), 0700), EEXIST);
  EXPECT_NE(make_directories(in("file/a"), 0700), 0);
  EXPECT_EQ(sync_directory(in("none")), ENOENT);
}

}  // namespace
}  // namespace coffer
