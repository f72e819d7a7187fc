#include "base/secret.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/log.h"

namespace coffer {
namespace {

constexpr size_t kSecretBytesMax = 1 << 20;
constexpr size_t kBlockBytesMin = 32;
constexpr size_t kBlockBytesMax = 4096;
constexpr size_t kArenaBytes = 64 * 1024;
constexpr size_t kClasses = 8;  // 32, 64, ... 4096
static_assert(kBlockBytesMin << (kClasses - 1) == kBlockBytesMax);

size_t round_to_pages(size_t size) {
  static const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

// map_protected maps zero pages that are neither swapped, nor dumped, nor given to a forked child.
char* map_protected(size_t size) {
  void* p = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(p != MAP_FAILED);
  ::madvise(p, size, MADV_DONTDUMP);
  ::madvise(p, size, MADV_WIPEONFORK);
  if (::mlock(p, size) != 0) {
    // RLIMIT_MEMLOCK is the operator's choice; a server without swap loses nothing.
    static std::once_flag once;
    std::call_once(
        once, [] { log::warn("secret_memory_not_locked", {{"hint", "raise RLIMIT_MEMLOCK"}}); });
  }
  return static_cast<char*>(p);
}

// Pool hands out zeroed blocks. Its free lists lie outside the blocks: a child's blocks are all
// zeros after a fork.
class Pool {
 public:
  static Pool& instance() {
    static Pool& pool =
        *new Pool;  // secrets of static objects may outlive any order of destruction
    return pool;
  }

  char* take(size_t size) {
    if (size > kBlockBytesMax) return map_protected(round_to_pages(size));
    const size_t block = block_bytes(size);
    std::lock_guard lock(mutex_);
    auto& free = free_[class_of(block)];
    if (free.empty()) {
      char* arena = map_protected(kArenaBytes);
      for (size_t at = kArenaBytes; at > 0; at -= block) free.push_back(arena + at - block);
    }
    char* p = free.back();
    free.pop_back();
    return p;
  }

  void give_back(char* p, size_t size) {
    wipe(p, size);
    if (size > kBlockBytesMax) {
      ::munmap(p, round_to_pages(size));
      return;
    }
    std::lock_guard lock(mutex_);
    free_[class_of(block_bytes(size))].push_back(p);
  }

 private:
  static size_t block_bytes(size_t size) { return std::bit_ceil(std::max(size, kBlockBytesMin)); }
  static size_t class_of(size_t block) {
    return std::countr_zero(block) - std::countr_zero(kBlockBytesMin);
  }

  std::mutex mutex_;
  std::array<std::vector<char*>, kClasses> free_;
};

}  // namespace

Secret::Secret(size_t size) : size_(size) {
  CHECK(size <= kSecretBytesMax);
  if (size > 0) data_ = Pool::instance().take(size);
}

Secret Secret::copy_of(ByteView bytes) {
  Secret out(bytes.size());
  if (!bytes.empty()) std::memcpy(out.data_, bytes.data(), bytes.size());
  return out;
}

Secret::Secret(Secret&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    if (data_) Pool::instance().give_back(data_, size_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() {
  if (data_) Pool::instance().give_back(data_, size_);
}

Secret Secret::clone() const { return copy_of({data_, size_}); }

bool equal_ct(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<uint8_t>(a[i]) ^ static_cast<uint8_t>(b[i]);
    asm volatile(""
                 : "+r"(difference));  // or the compiler may leave the loop at the first difference
  }
  return difference == 0;
}

bool equal_ct(const Secret& a, const Secret& b) {
  return equal_ct(ByteView{a.data_, a.size_}, ByteView{b.data_, b.size_});
}

void wipe(void* data, size_t size) {
  if (size > 0) ::explicit_bzero(data, size);
}

}  // namespace coffer
