#include "crypto/crc64.h"

#include <array>
#include <cstring>

#include "base/check.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace coffer::crypto::crc64 {
namespace {

using Tables = std::array<std::array<uint64_t, 256>, 8>;

constexpr uint64_t times_x(uint64_t v) { return (v >> 1) ^ (v & 1 ? kPolynomial : 0); }

constexpr Tables make_tables() {
  Tables t{};
  for (uint64_t i = 0; i < 256; ++i) {
    uint64_t v = i;
    for (int bit = 0; bit < 8; ++bit) v = times_x(v);
    t[0][i] = v;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t i = 0; i < 256; ++i) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
  }
  return t;
}

constexpr Tables kTables = make_tables();

// x_to is x^n modulo the polynomial, reflected.
constexpr uint64_t x_to(int n) {
  uint64_t v = uint64_t{1} << 63;
  for (int i = 0; i < n; ++i) v = times_x(v);
  return v;
}

// Fold holds the factors that move a 128-bit block `bits` ahead. A carry-less product of reflected
// values is short of one power of x, hence the - 1. The low half of a reflected block has the
// higher powers.
struct Fold {
  uint64_t low, high;
};
constexpr Fold fold_by(int bits) { return {x_to(bits + 64 - 1), x_to(bits - 1)}; }

constexpr Fold kFold128 = fold_by(128);
constexpr Fold kFold512 = fold_by(512);
constexpr Fold kFold2048 = fold_by(2048);

}  // namespace

uint64_t update_tables(uint64_t crc, ByteView data) {
  const char* p = data.data();
  size_t left = data.size();
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    crc ^= word;
    uint64_t next = 0;
    for (int i = 0; i < 8; ++i) next ^= kTables[7 - i][crc >> (8 * i) & 0xff];
    crc = next;
  }
  for (; left > 0; ++p, --left)
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(*p)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
namespace {

#define COFFER_PCLMUL __attribute__((target("pclmul,sse4.1")))
#define COFFER_VPCLMUL __attribute__((target("avx512f,avx512vl,avx512dq,vpclmulqdq,pclmul,sse4.1")))

COFFER_PCLMUL inline __m128i load(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

COFFER_PCLMUL inline __m128i factors(Fold f) {
  return _mm_set_epi64x(static_cast<int64_t>(f.high), static_cast<int64_t>(f.low));
}

COFFER_PCLMUL inline __m128i fold(__m128i block, __m128i factors, __m128i onto) {
  __m128i low = _mm_clmulepi64_si128(block, factors, 0x00);
  __m128i high = _mm_clmulepi64_si128(block, factors, 0x11);
  return _mm_xor_si128(onto, _mm_xor_si128(low, high));
}

COFFER_VPCLMUL inline __m512i fold_wide(__m512i block, __m512i factors, __m512i onto) {
  __m512i low = _mm512_clmulepi64_epi128(block, factors, 0x00);
  __m512i high = _mm512_clmulepi64_epi128(block, factors, 0x11);
  return _mm512_ternarylogic_epi64(onto, low, high, 0x96);
}

// finish takes the block to which all before `rest` was folded: it has the same remainder, so the
// tables end the work.
COFFER_PCLMUL uint64_t finish(__m128i block, const char* p, size_t left) {
  const __m128i by128 = factors(kFold128);
  for (; left >= 16; p += 16, left -= 16) block = fold(block, by128, load(p));
  char bytes[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), block);
  return update_tables(update_tables(0, ByteView(bytes, 16)), ByteView(p, left));
}

}  // namespace

bool has_pclmul() { return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"); }

bool has_vpclmul() {
  return has_pclmul() && __builtin_cpu_supports("vpclmulqdq") &&
         __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq");
}

COFFER_PCLMUL uint64_t update_pclmul(uint64_t crc, ByteView data) {
  if (data.size() < 64) return update_tables(crc, data);
  const char* p = data.data();
  size_t left = data.size();
  __m128i lanes[4];
  for (int i = 0; i < 4; ++i) lanes[i] = load(p + 16 * i);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi64_si128(static_cast<int64_t>(crc)));
  const __m128i by512 = factors(kFold512), by128 = factors(kFold128);
  for (p += 64, left -= 64; left >= 64; p += 64, left -= 64) {
    for (int i = 0; i < 4; ++i) lanes[i] = fold(lanes[i], by512, load(p + 16 * i));
  }
  for (int i = 1; i < 4; ++i) lanes[i] = fold(lanes[i - 1], by128, lanes[i]);
  return finish(lanes[3], p, left);
}

COFFER_VPCLMUL uint64_t update_vpclmul(uint64_t crc, ByteView data) {
  if (data.size() < 256) return update_pclmul(crc, data);
  const char* p = data.data();
  size_t left = data.size();
  __m512i lanes[4];
  for (int i = 0; i < 4; ++i) lanes[i] = _mm512_loadu_si512(p + 64 * i);
  lanes[0] = _mm512_xor_si512(lanes[0],
                              _mm512_zextsi128_si512(_mm_cvtsi64_si128(static_cast<int64_t>(crc))));
  const __m512i by2048 = _mm512_broadcast_i64x2(factors(kFold2048));
  const __m512i by512 = _mm512_broadcast_i64x2(factors(kFold512));
  for (p += 256, left -= 256; left >= 256; p += 256, left -= 256) {
    for (int i = 0; i < 4; ++i)
      lanes[i] = fold_wide(lanes[i], by2048, _mm512_loadu_si512(p + 64 * i));
  }
  for (int i = 1; i < 4; ++i) lanes[i] = fold_wide(lanes[i - 1], by512, lanes[i]);
  const __m128i by128 = factors(kFold128);
  __m128i block = _mm512_extracti64x2_epi64(lanes[3], 0);
  block = fold(block, by128, _mm512_extracti64x2_epi64(lanes[3], 1));
  block = fold(block, by128, _mm512_extracti64x2_epi64(lanes[3], 2));
  block = fold(block, by128, _mm512_extracti64x2_epi64(lanes[3], 3));
  return finish(block, p, left);
}

#else

bool has_pclmul() { return false; }
bool has_vpclmul() { return false; }
uint64_t update_pclmul(uint64_t crc, ByteView data) { return update_tables(crc, data); }
uint64_t update_vpclmul(uint64_t crc, ByteView data) { return update_tables(crc, data); }

#endif

uint64_t update(uint64_t crc, ByteView data) {
  static const auto kBest = has_vpclmul()  ? update_vpclmul
                            : has_pclmul() ? update_pclmul
                                           : update_tables;
  return kBest(crc, data);
}

}  // namespace coffer::crypto::crc64
