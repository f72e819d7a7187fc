#include "api/request_id.h"

#include "base/encoding.h"

namespace coffer::api {
namespace {

// next is splitmix64 over a counter of the thread's own, which begins at random.
uint64_t next(Random& random) {
  thread_local uint64_t state = random.u64();
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void put_hex(char* out, uint64_t value, const char* digits) {
  for (int i = 15; i >= 0; --i, value >>= 4) out[i] = digits[value & 15];
}

}  // namespace

std::string s3_request_id(Random& random) {
  std::string out(16, '0');
  put_hex(out.data(), next(random), "0123456789ABCDEF");
  return out;
}

std::string s3_host_id(Random& random) {
  uint64_t words[6];
  for (uint64_t& word : words) word = next(random);
  return base64({reinterpret_cast<const char*>(words), sizeof words});
}

std::string uuid_request_id(Random& random) {
  char digits[32];
  put_hex(digits, next(random), "0123456789abcdef");
  put_hex(digits + 16, next(random), "0123456789abcdef");
  digits[12] = '4';
  digits[16] = "89ab"[digits[16] & 3];
  std::string out;
  out.reserve(36);
  for (size_t i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
    out += digits[i];
  }
  return out;
}

}  // namespace coffer::api
