#include <fmt/format.h>

#include "admin/bench.h"
#include "base/check.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/segment_cipher.h"
#include "crypto/system_random.h"

namespace coffer::admin {
namespace {

// repeat calls `one` for `seconds` on this thread. The clock is read once in 16 calls.
template <class One>
BenchFigure repeat(std::string variant, size_t bytes, double seconds, One one) {
  for (int i = 0; i < 16; ++i) one();
  const int64_t began = Clock::monotonic_ns();
  const int64_t deadline = began + int64_t(seconds * 1e9);
  int64_t now = began;
  double count = 0;
  while (now < deadline) {
    for (int i = 0; i < 16; ++i) one();
    count += 16;
    now = Clock::monotonic_ns();
  }
  const double spent = double(now - began) / 1e9;
  const double us = spent * 1e6 / count;
  return {.name = "crypto",
          .variant = fmt::format("{} bytes={}", variant, bytes),
          .per_second = count / spent,
          .cpu_us = us,
          .p50_us = us,
          .p99_us = us,
          .mib_per_second = count * double(bytes) / spent / (1 << 20)};
}

}  // namespace

std::vector<BenchFigure> bench_crypto(double seconds) {
  crypto::SystemRandom random;
  const Secret key = Secret::copy_of(random.bytes(32));
  const Bytes small = random.bytes(4096), large = random.bytes(crypto::kSegmentBytes);
  Bytes sealed(crypto::sealed_segment_bytes(1), '\0'), opened(crypto::kSegmentBytes, '\0');
  std::vector<BenchFigure> out;
  out.push_back(repeat("object=seal", small.size(), seconds, [&] {
    const crypto::SegmentCipher cipher(key, random.id128());
    cipher.seal(0, true, small, {sealed.data(), small.size() + crypto::kTagBytes});
  }));
  const crypto::SegmentCipher cipher(key, random.id128());
  out.push_back(
      repeat("segment=seal", large.size(), seconds, [&] { cipher.seal(0, true, large, sealed); }));
  out.push_back(repeat("segment=open", large.size(), seconds,
                       [&] { CHECK(cipher.open(0, true, sealed, opened)); }));
  out.push_back(repeat("key=commitment", 32, seconds,
                       [&] { (void)crypto::key_commitment(key, random.id128()); }));
  const Secret data_key = Secret::copy_of(random.bytes(32));
  out.push_back(repeat("key=wrap", 32, seconds, [&] {
    (void)crypto::wrap_secret(key, "coffer bench", "aad", data_key, random);
  }));
  const Bytes wrapped = crypto::wrap_secret(key, "coffer bench", "aad", data_key, random);
  out.push_back(repeat("key=unwrap", 32, seconds,
                       [&] { CHECK(crypto::unwrap_secret(key, "coffer bench", "aad", wrapped)); }));
  for (const Bytes* data : {&small, &large}) {
    out.push_back(repeat("hash=md5", data->size(), seconds,
                         [&] { (void)crypto::digest(crypto::Hash::kMd5, *data); }));
    out.push_back(
        repeat("hash=sha256", data->size(), seconds, [&] { (void)crypto::sha256(*data); }));
  }
  return out;
}

}  // namespace coffer::admin
