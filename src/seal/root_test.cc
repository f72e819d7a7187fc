#include "seal/root.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "base/fault.h"
#include "crypto/system_random.h"
#include "seal/secret_file.h"
#include "seal/testing/run_task.h"

namespace coffer::seal {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  ::chmod(path.c_str(), 0600);
}

class RootTest : public testing::Test {
 protected:
  RootTest() {
    dir_ = fs::temp_directory_path() /
           fmt::format("coffer-root-{}-{}", ::getpid(), crypto::SystemRandom().u64());
    fs::create_directories(dir_);
    path_ = dir_ / "store.key";
  }
  ~RootTest() override {
    fault::disarm();
    fs::remove_all(dir_);
  }

  Result<std::unique_ptr<Root>> open(bool create = false) {
    return open_key_file(path_, create, random_, pool_);
  }
  Bytes wrapped(Root& root, ByteView key, Bytes aad) {
    auto out = run_task(root.wrap(Secret::copy_of(key), std::move(aad)));
    EXPECT_TRUE(out.ok());
    return *out;
  }
  bool opens(Root& root, Bytes wrapped, ByteView key, Bytes aad) {
    auto out = run_task(root.unwrap(std::move(wrapped), std::move(aad)));
    return out.ok() && equal_ct(*out, Secret::copy_of(key));
  }

  fs::path dir_;
  std::string path_;
  SeededRandom random_{7};
  WorkPool pool_{1};
};

constexpr char kKey[] = "0123456789abcdef0123456789abcdef";

TEST_F(RootTest, MadeOnceAndOnlyWhenAsked) {
  EXPECT_EQ(open(false).error().code, "RootKeyMissing");
  ASSERT_TRUE(open(true).ok());
  const std::string text = read_file(path_);
  ASSERT_TRUE(open(true).ok());
  EXPECT_EQ(read_file(path_), text);
  struct stat st{};
  ASSERT_EQ(::stat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 07777, 0600u);
}

TEST_F(RootTest, MakesItsDirectoryForOurselvesAlone) {
  path_ = dir_ / "a" / "b" / "store.key";
  ASSERT_TRUE(open(true).ok());
  struct stat st{};
  ASSERT_EQ(::stat((dir_ / "a" / "b").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0077, 0u);
}

TEST_F(RootTest, ADirectoryThatMayBeLostIsAnError) {
  fault::arm("directory.sync=error");
  EXPECT_FALSE(make_secret_file(dir_ / "deep/er/key", Secret::copy_of("x")).ok());
}

TEST_F(RootTest, GoldenFile) {
  // Version 1, worked out apart from this program; every later one must read it.
  write_file(path_,
             "coffer root key 1\n"
             "3 MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= 3100ccb7\n"
             "4 ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA= c0e059ab\n");
  auto root = open();
  ASSERT_TRUE(root.ok()) << root.error().message;
  EXPECT_EQ((*root)->generation(), 4u);
  EXPECT_TRUE((*root)->rotating());
  const Bytes golden = *unhex(
      "0100000004000102030405060708090a0b0c0d0e0f6a61364e95e4cf710820993446af"
      "86203bd99574c73cec0ba9d4d18f96c2f914157c0d656d5d5ab25bcce0ca1e5683b2");
  EXPECT_TRUE(opens(**root, golden, kKey, "aad"));
}

TEST_F(RootTest, WrapsAreBoundToTheirContext) {
  auto root = open(true);
  ASSERT_TRUE(root.ok());
  const Bytes w = wrapped(**root, kKey, "a");
  EXPECT_TRUE(opens(**root, w, kKey, "a"));
  EXPECT_FALSE(opens(**root, w, kKey, "b"));
  for (size_t bit = 0; bit < w.size() * 8; ++bit) {
    Bytes bad = w;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(opens(**root, bad, kKey, "a")) << bit;
  }
  for (size_t n = 0; n < w.size(); ++n) EXPECT_FALSE(opens(**root, w.substr(0, n), kKey, "a"));
}

TEST_F(RootTest, AnotherFilesRootOpensNothing) {
  auto root = open(true);
  const Bytes w = wrapped(**root, kKey, "a");
  path_ = dir_ / "other.key";
  auto other = open(true);
  EXPECT_FALSE(opens(**other, w, kKey, "a"));
}

TEST_F(RootTest, RotationDestroysTheEarlierGeneration) {
  auto root = open(true);
  const Bytes before = wrapped(**root, kKey, "a");
  ASSERT_TRUE(run_task((*root)->begin_rotation()).ok());
  ASSERT_TRUE(run_task((*root)->begin_rotation()).ok());  // idempotent
  EXPECT_EQ((*root)->generation(), 2u);
  const Bytes after = wrapped(**root, kKey, "a");
  EXPECT_TRUE(opens(**root, before, kKey, "a"));

  auto reopened = open();
  ASSERT_TRUE(reopened.ok());
  EXPECT_TRUE((*reopened)->rotating());
  EXPECT_TRUE(opens(**reopened, before, kKey, "a"));
  EXPECT_TRUE(opens(**reopened, after, kKey, "a"));

  ASSERT_TRUE(run_task((*root)->finish_rotation()).ok());
  ASSERT_TRUE(run_task((*root)->finish_rotation()).ok());
  EXPECT_FALSE((*root)->rotating());
  EXPECT_FALSE(opens(**root, before, kKey, "a"));
  EXPECT_TRUE(opens(**root, after, kKey, "a"));
  EXPECT_FALSE(opens(**open(), before, kKey, "a"));
  EXPECT_TRUE(opens(**open(), after, kKey, "a"));
}

TEST_F(RootTest, TheFormerContentIsOverwritten) {
  auto root = open(true);
  const std::string former = read_file(path_);
  const int fd = ::open(path_.c_str(), O_RDONLY);  // the blocks of the file that is replaced
  ASSERT_TRUE(run_task((*root)->begin_rotation()).ok());
  ASSERT_TRUE(run_task((*root)->finish_rotation()).ok());
  std::string now(former.size(), 'x');
  EXPECT_EQ(::pread(fd, now.data(), now.size(), 0), static_cast<ssize_t>(now.size()));
  ::close(fd);
  EXPECT_EQ(now, std::string(former.size(), '\0'));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), fs::directory_iterator()), 1);
}

TEST_F(RootTest, AnInterruptedReplacementIsEndedAtOpen) {
  auto root = open(true);
  const Bytes w = wrapped(**root, kKey, "a");
  fault::arm("root_key.renamed=error");
  EXPECT_FALSE(run_task((*root)->begin_rotation()).ok());
  fault::disarm();
  EXPECT_TRUE(fs::exists(path_ + ".old"));
  auto reopened = open();
  ASSERT_TRUE(reopened.ok());
  EXPECT_FALSE(fs::exists(path_ + ".old"));
  EXPECT_TRUE(opens(**reopened, w, kKey, "a"));

  // A crash before the rename leaves a second name of the live file, which must not be overwritten.
  fs::create_hard_link(path_, path_ + ".old");
  write_file(path_ + ".new", "half of it");
  auto again = open();
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(opens(**again, w, kKey, "a"));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_), fs::directory_iterator()), 1);
}

TEST_F(RootTest, AFailedWriteChangesNothing) {
  auto root = open(true);
  const std::string text = read_file(path_);
  fault::arm("root_key.write=error");
  EXPECT_FALSE(run_task((*root)->begin_rotation()).ok());
  fault::disarm();
  EXPECT_EQ((*root)->generation(), 1u);
  EXPECT_EQ(read_file(path_), text);
}

TEST_F(RootTest, RefusesWhatOthersMayReadOrWhatIsNoFile) {
  ASSERT_TRUE(open(true).ok());
  for (unsigned mode : {0640u, 0604u, 0660u, 0644u}) {
    ::chmod(path_.c_str(), mode);
    auto root = open(true);
    ASSERT_FALSE(root.ok()) << mode;
    EXPECT_NE(root.error().message.find("0600"), std::string::npos) << root.error().message;
  }
  ::chmod(path_.c_str(), 0400);
  EXPECT_TRUE(open().ok());
  fs::create_symlink(path_, dir_ / "link");
  EXPECT_EQ(open_key_file(dir_ / "link", true, random_, pool_).error().code, "RootKeyRefused");
  EXPECT_EQ(open_key_file(dir_, true, random_, pool_).error().code, "RootKeyRefused");
}

TEST_F(RootTest, RefusesAnotherOwner) {
  ASSERT_TRUE(open(true).ok());
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(path_.c_str(), 12345, 12345), 0);
  EXPECT_NE(open().error().message.find("another user"), std::string::npos);
}

TEST_F(RootTest, RefusesDamage) {
  ASSERT_TRUE(open(true).ok());
  const std::string good = read_file(path_);
  const std::string line = good.substr(good.find('\n') + 1);
  for (const std::string& bad :
       {std::string("coffer root key 1\n"), std::string("coffer root key 2\n") + line,
        std::string("another file\n") + line, good.substr(0, good.size() - 1), good + line,
        good + "\n", line,
        good.substr(0, good.size() - 3) + (good[good.size() - 3] == '0' ? "1" : "0") +
            good.substr(good.size() - 2)}) {
    write_file(path_, bad);
    auto root = open(true);
    ASSERT_FALSE(root.ok()) << bad;
    EXPECT_EQ(root.error().code, "RootKeyRefused");
    EXPECT_EQ(read_file(path_), bad) << "never a new key";
  }
}

TEST_F(RootTest, PassphraseOpensItsFileAlone) {
  auto made = open_passphrase(path_, Secret::copy_of("correct horse"), true, random_, pool_);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ((*made)->kind(), "passphrase");
  const Bytes w = wrapped(**made, kKey, "a");
  ASSERT_TRUE(run_task((*made)->begin_rotation()).ok());
  const Bytes w2 = wrapped(**made, kKey, "a");
  ASSERT_TRUE(run_task((*made)->finish_rotation()).ok());

  auto again = open_passphrase(path_, Secret::copy_of("correct horse"), false, random_, pool_);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_FALSE(opens(**again, w, kKey, "a"));
  EXPECT_TRUE(opens(**again, w2, kKey, "a"));

  auto wrong = open_passphrase(path_, Secret::copy_of("correct horses"), true, random_, pool_);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.error().message.find("the passphrase does not open"), std::string::npos)
      << wrong.error().message;
  EXPECT_FALSE(open_key_file(path_, true, random_, pool_).ok());
  EXPECT_FALSE(open_passphrase(path_, Secret(), true, random_, pool_).ok());
}

}  // namespace
}  // namespace coffer::seal
