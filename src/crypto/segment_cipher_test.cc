#include "crypto/segment_cipher.h"

#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/testing/vectors.h"

namespace coffer::crypto {
namespace {

Bytes counted(uint8_t first, size_t n) {
  Bytes out;
  for (size_t i = 0; i < n; ++i) out.push_back(static_cast<char>(first + i));
  return out;
}

Secret data_key() { return secret_of(counted(0, 32)); }
Id128 extent_id() { return Id128::from(counted(0xf0, 16)); }

Bytes sealed_of(const SegmentCipher& cipher, uint64_t index, bool last, ByteView plain) {
  Bytes out(plain.size() + 16, '\0');
  cipher.seal(index, last, plain, out);
  return out;
}

std::optional<Bytes> opened_of(const SegmentCipher& cipher, uint64_t index, bool last,
                               ByteView sealed) {
  Bytes out(sealed.size() - 16, '?');
  if (cipher.open(index, last, sealed, out)) return out;
  EXPECT_EQ(out, Bytes(out.size(), '\0'));
  return std::nullopt;
}

// The bytes were made by another implementation (Python's hmac and cryptography), from
// docs/formats/segment.md.
TEST(SegmentCipher, GoldenBytes) {
  const SegmentCipher cipher(data_key(), extent_id());
  EXPECT_EQ(hex(sealed_of(cipher, 0, true, "hello, coffer")),
            "bbe77ae2e5c3d00b82f9d2d67a4911b8c9b5057da43d5036d4b3f718c8");
  EXPECT_EQ(hex(sealed_of(cipher, 0, true, "")), "40ca3f32a621245c7471e2cd6fc2ddb0");
  EXPECT_EQ(hex(sealed_of(cipher, 0xffffffff, true, "x")), "fd9b4bc9f72c54cca4bd3450044ce3becf");

  Bytes plain;
  for (size_t i = 0; i < kSegmentBytes + 5; ++i)
    plain.push_back(static_cast<char>(i * 7 + (i >> 8)));
  const Bytes sealed = sealed_of(cipher, 0, false, plain.substr(0, kSegmentBytes)) +
                       sealed_of(cipher, 1, true, plain.substr(kSegmentBytes));
  EXPECT_EQ(sealed.size(), sealed_bytes(plain.size(), 1));
  EXPECT_EQ(sha256_hex(sealed), "583e0b8fdd807b83ec7a651274febc3e29a3fd7a0e8a25f4311262ac58450dc7");
  EXPECT_EQ(hex(key_commitment(data_key(), extent_id()).view()),
            "efd654e895fd9e236c3c1760a5f78d7638a256ac11727da922917880f491a848");
}

Bytes two_layers(const SegmentCipher& inner, const SegmentCipher& outer, uint64_t index, bool last,
                 ByteView plain) {
  return sealed_of(outer, index, last, sealed_of(inner, index, last, plain));
}

TEST(SegmentCipher, TwoLayersGoldenBytes) {
  const SegmentCipher inner(data_key(), extent_id());
  const SegmentCipher outer(secret_of(counted(64, 32)), extent_id(), SegmentLayer::kOuter);
  const Bytes hello = two_layers(inner, outer, 0, true, "hello, coffer");
  EXPECT_EQ(hex(hello),
            "5ef070d09d91f8191ab61c4bce50c32cc37a3945a69856a3b36f3ae35ad05e7065d043d61c62fa7cd84751"
            "55c9");
  const auto once = opened_of(outer, 0, true, hello);
  ASSERT_TRUE(once);
  EXPECT_EQ(opened_of(inner, 0, true, *once), "hello, coffer");
  EXPECT_EQ(opened_of(inner, 0, true, hello), std::nullopt);
  EXPECT_EQ(opened_of(outer, 0, true, *once), std::nullopt);

  Bytes plain;
  for (size_t i = 0; i < kSegmentBytes + 5; ++i)
    plain.push_back(static_cast<char>(i * 7 + (i >> 8)));
  const Bytes sealed = two_layers(inner, outer, 0, false, plain.substr(0, kSegmentBytes)) +
                       two_layers(inner, outer, 1, true, plain.substr(kSegmentBytes));
  EXPECT_EQ(sealed.size(), sealed_bytes(plain.size(), 2));
  EXPECT_EQ(sha256_hex(sealed), "c9a69a4852613e81057b928a3ee54f8c8b4d365d83c6ae27d1101bc3ab90d20d");
}

TEST(SegmentCipher, Sizes) {
  EXPECT_EQ(sealed_bytes(0, 2), 32U);
  EXPECT_EQ(sealed_bytes(65537, 2), 65601U);

  EXPECT_EQ(sealed_bytes(0, 1), 16U);
  EXPECT_EQ(sealed_bytes(1, 1), 17U);
  EXPECT_EQ(sealed_bytes(65536, 1), 65552U);
  EXPECT_EQ(sealed_bytes(65537, 1), 65569U);
  EXPECT_EQ(sealed_bytes(5ULL << 30, 1), (5ULL << 30) + 81920 * 16);
}

TEST(SegmentCipher, RoundTripsInPlaceAndInAnyOrder) {
  SeededRandom random(1);
  const SegmentCipher cipher(data_key(), random.id128());
  const Bytes plain = random.bytes(3 * kSegmentBytes + 100);
  Bytes sealed(sealed_bytes(plain.size(), 1), '\0');
  for (uint64_t index : {2, 0, 3, 1}) {
    const ByteView part = ByteView(plain).substr(index * kSegmentBytes, kSegmentBytes);
    MutableBytes place =
        MutableBytes(sealed).subspan(index * sealed_segment_bytes(1), part.size() + 16);
    std::memcpy(place.data(), part.data(), part.size());
    cipher.seal(index, index == 3, {place.data(), part.size()}, place);
  }
  for (uint64_t index : {1, 3, 0, 2}) {
    const size_t size =
        std::min<size_t>(sealed_segment_bytes(1), sealed.size() - index * sealed_segment_bytes(1));
    MutableBytes place = MutableBytes(sealed).subspan(index * sealed_segment_bytes(1), size);
    ASSERT_TRUE(cipher.open(index, index == 3, {place.data(), size}, place.first(size - 16)));
    EXPECT_EQ(ByteView(place.data(), size - 16),
              ByteView(plain).substr(index * kSegmentBytes, size - 16));
  }
}

TEST(SegmentCipher, EveryFlippedBitIsSeen) {
  const SegmentCipher cipher(data_key(), extent_id());
  const Bytes small = sealed_of(cipher, 0, true, "seventeen octets!");
  for (size_t bit = 0; bit < small.size() * 8; ++bit) {
    Bytes other = small;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(opened_of(cipher, 0, true, other), std::nullopt) << bit;
  }
  const Bytes full = sealed_of(cipher, 0, false, Bytes(kSegmentBytes, 'p'));
  for (size_t at : {size_t{0}, size_t{15}, size_t{16}, size_t{32767}, size_t{65535}, size_t{65536},
                    size_t{65551}}) {
    for (int bit : {0, 3, 7}) {
      Bytes other = full;
      other[at] = static_cast<char>(other[at] ^ (1 << bit));
      EXPECT_EQ(opened_of(cipher, 0, false, other), std::nullopt) << at;
    }
  }
}

TEST(SegmentCipher, ReorderTruncateExtendSplice) {
  const SegmentCipher cipher(data_key(), extent_id());
  const Bytes plain(kSegmentBytes, 'p');
  const Bytes zero = sealed_of(cipher, 0, false, plain), one = sealed_of(cipher, 1, false, plain);
  const Bytes last = sealed_of(cipher, 1, true, plain);
  EXPECT_EQ(opened_of(cipher, 0, false, zero), plain);
  EXPECT_EQ(opened_of(cipher, 1, false, zero), std::nullopt);
  EXPECT_EQ(opened_of(cipher, 0, false, one), std::nullopt);
  EXPECT_EQ(opened_of(cipher, 0, true, zero), std::nullopt);    // truncated after the first segment
  EXPECT_EQ(opened_of(cipher, 1, false, last), std::nullopt);   // continued after its end
  EXPECT_EQ(opened_of(cipher, 256, false, one), std::nullopt);  // no byte of the index is lost
  EXPECT_EQ(opened_of(cipher, uint64_t{1} << 32, false, zero), std::nullopt);
  EXPECT_EQ(opened_of(cipher, 1, true, last), plain);

  Id128 other_id = extent_id();
  other_id[15] ^= 1;
  EXPECT_EQ(opened_of(SegmentCipher(data_key(), other_id), 0, false, zero), std::nullopt);
  const Secret other_key = secret_of(counted(1, 32));
  EXPECT_EQ(opened_of(SegmentCipher(other_key, extent_id()), 0, false, zero), std::nullopt);
}

TEST(SegmentCipher, WrongLengthsAreRefused) {
  const SegmentCipher cipher(data_key(), extent_id());
  const Bytes sealed = sealed_of(cipher, 0, true, "0123456789");
  for (size_t n = 16; n < sealed.size(); ++n)
    EXPECT_EQ(opened_of(cipher, 0, true, sealed.substr(0, n)), std::nullopt);
  EXPECT_EQ(opened_of(cipher, 0, true, sealed + "x"), std::nullopt);
  EXPECT_EQ(opened_of(cipher, 0, false, sealed), std::nullopt);
  EXPECT_EQ(opened_of(cipher, 0, true, Bytes(sealed_segment_bytes(1) + 1, 'x')), std::nullopt);
  EXPECT_FALSE(cipher.open(0, true, "short", MutableBytes()));
}

TEST(SegmentCipher, MisuseIsOurMistake) {
  const SegmentCipher cipher(data_key(), extent_id());
  EXPECT_DEATH(sealed_of(cipher, uint64_t{1} << 32, true, "x"), "check_failed");
  EXPECT_DEATH(sealed_of(cipher, 0, false, "x"), "check_failed");
  EXPECT_DEATH(sealed_of(cipher, 0, true, Bytes(kSegmentBytes + 1, 'x')), "check_failed");
  EXPECT_DEATH(SegmentCipher(secret_of("short"), extent_id()), "check_failed");
}

}  // namespace
}  // namespace coffer::crypto
