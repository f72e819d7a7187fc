#include "base/secret.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"

namespace coffer {

struct CryptoAccess {  // as in crypto/, which this room cannot include
  static SecretAccess get() { return SecretAccess(); }
};

namespace {

ByteView bytes_of(const Secret& secret) { return secret.reveal(CryptoAccess::get()); }

bool all_zero(const char* data, size_t size) {
  return std::all_of(data, data + size, [](char c) { return c == 0; });
}

TEST(Secret, EmptyAndZeroed) {
  Secret none;
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(bytes_of(none).empty());
  EXPECT_TRUE(none.clone().empty());
  for (size_t size : {1, 31, 32, 33, 4096, 4097, 1 << 20}) {
    Secret secret(size);
    EXPECT_EQ(secret.size(), size);
    EXPECT_TRUE(all_zero(bytes_of(secret).data(), size));
  }
}

TEST(Secret, MovesLeaveNothingBehind) {
  Secret a = Secret::copy_of("key");
  const char* place = bytes_of(a).data();
  Secret b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(bytes_of(b), "key");
  EXPECT_EQ(bytes_of(b).data(), place);
  Secret c = Secret::copy_of("other");
  c = std::move(b);
  EXPECT_EQ(bytes_of(c), "key");
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  Secret& same = c;
  c = std::move(same);
  EXPECT_EQ(bytes_of(c), "key");
  Secret d = c.clone();
  EXPECT_NE(bytes_of(d).data(), bytes_of(c).data());
  EXPECT_TRUE(equal_ct(c, d));
}

TEST(Secret, WipedWhenFreed) {
  for (size_t size : {1, 16, 32, 48, 1000, 4096}) {
    const char* place = nullptr;
    {
      Secret secret(size);
      MutableBytes bytes = secret.reveal_mutable(CryptoAccess::get());
      std::fill(bytes.begin(), bytes.end(), 'k');
      place = bytes.data();
    }
    EXPECT_TRUE(all_zero(place, size)) << size;  // the pool keeps its pages mapped
    Secret assigned = Secret::copy_of(std::string(size, 'k'));
    place = bytes_of(assigned).data();
    assigned = Secret();
    EXPECT_TRUE(all_zero(place, size)) << size;
  }
}

TEST(Secret, BlocksAreAlignedAndApart) {
  std::vector<Secret> all;
  SeededRandom random(4);
  for (int i = 0; i < 5000; ++i) {
    const size_t size = 1 + random.u64() % 300;
    all.push_back(Secret::copy_of(std::string(size, static_cast<char>(i))));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes_of(all.back()).data()) % 32, 0U);
  }
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(bytes_of(all[i]), std::string(all[i].size(), static_cast<char>(i)));
  }
}

TEST(Secret, ManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      SeededRandom random(static_cast<uint64_t>(t));
      std::vector<Secret> held(16);
      for (int i = 0; i < 20000; ++i) {
        const Bytes bytes = random.bytes(1 + random.u64() % 100);
        Secret& slot = held[random.u64() % held.size()];
        slot = Secret::copy_of(bytes);
        ASSERT_EQ(bytes_of(slot), bytes);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Secret, AForkedChildSeesZeros) {
  Secret secret = Secret::copy_of("key of the parent");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(all_zero(bytes_of(secret).data(), secret.size()) ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(bytes_of(secret), "key of the parent");
}

TEST(Secret, LeftOutOfCoreDumps) {
  Secret secret(32);
  const auto address = reinterpret_cast<uintptr_t>(bytes_of(secret).data());
  std::ifstream maps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
      inside = begin <= address && address < end;
    if (!inside || !line.starts_with("VmFlags:")) continue;
    EXPECT_NE(line.find(" dd"), std::string::npos) << line;
    return;
  }
  GTEST_SKIP() << "this kernel does not show a mapping's flags";
}

TEST(Secret, TooLargeIsOurMistake) { EXPECT_DEATH(Secret((1 << 20) + 1), "check_failed"); }

TEST(Secret, EqualCt) {
  EXPECT_TRUE(equal_ct("", ""));
  EXPECT_TRUE(equal_ct("abc", "abc"));
  EXPECT_FALSE(equal_ct("abc", "abcd"));
  const Bytes a = SeededRandom(5).bytes(64);
  for (size_t bit = 0; bit < 512; ++bit) {
    Bytes b = a;
    b[bit / 8] = static_cast<char>(b[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(equal_ct(a, b));
  }
  EXPECT_TRUE(equal_ct(Secret(), Secret()));
  EXPECT_FALSE(equal_ct(Secret(1), Secret()));
}

TEST(Secret, WipeClearsAString) {
  std::string text = "a secret longer than the small-string buffer";
  const char* place = text.data();
  const size_t size = text.size();
  wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_TRUE(all_zero(place, size));
}

}  // namespace
}  // namespace coffer
