#include "crypto/checksum.h"

#include "base/random.h"
#include "crypto/crc64.h"
#include "crypto/digest.h"
#include "crypto/system_random.h"
#include "crypto/testing/vectors.h"

namespace coffer::crypto {
namespace {

constexpr ChecksumAlgorithm kAll[] = {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c,
                                      ChecksumAlgorithm::kCrc64Nvme, ChecksumAlgorithm::kSha1,
                                      ChecksumAlgorithm::kSha256};

Bytes checksum_of(ChecksumAlgorithm a, ByteView data) {
  Checksum sum(a);
  sum.update(data);
  return sum.value();
}

TEST(Checksum, CheckValues) {  // of the catalogue of parametrised CRC algorithms, and FIPS 180-4
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kCrc32, "123456789")), "cbf43926");
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kCrc32c, "123456789")), "e3069283");
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kCrc64Nvme, "123456789")), "ae8b14860a799888");
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kSha1, "abc")),
            "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kSha256, "")), sha256_hex(""));
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kCrc64Nvme, "")), "0000000000000000");
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), 0xe3069283U);
}

TEST(Checksum, NvmeSpecification) {  // NVM Command Set specification, figure "64b CRC Test Cases":
                                     // 4 KiB of each
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kCrc64Nvme, Bytes(4096, '\0'))), "6482d367eb22b64e");
  EXPECT_EQ(hex(checksum_of(ChecksumAlgorithm::kCrc64Nvme, Bytes(4096, '\xff'))),
            "c0ddba7302eca3ac");
}

TEST(Checksum, Names) {
  for (auto a : kAll) {
    EXPECT_EQ(parse_checksum_name(checksum_name(a)), a);
    EXPECT_EQ(parse_checksum_name(lower(checksum_name(a))), a);
    EXPECT_EQ(checksum_of(a, "x").size(), checksum_size(a));
  }
  EXPECT_EQ(parse_checksum_name("CRC64"), std::nullopt);
  EXPECT_TRUE(checksum_is_crc(ChecksumAlgorithm::kCrc64Nvme));
  EXPECT_FALSE(checksum_is_crc(ChecksumAlgorithm::kSha1));
}

TEST(Checksum, PiecesAndWholeAgree) {
  SeededRandom random(1);
  for (auto a : kAll) {
    for (int round = 0; round < 50; ++round) {
      const Bytes data = random.bytes(random.u64() % 5000);
      Checksum sum(a);
      for (size_t at = 0; at < data.size();) {
        const size_t n = std::min<size_t>(random.u64() % 700, data.size() - at);
        sum.update(ByteView(data).substr(at, n));
        if (n % 7 == 0) (void)sum.value();  // which must not disturb what follows
        at += n;
      }
      Checksum moved = std::move(sum);
      EXPECT_EQ(moved.value(), checksum_of(a, data));
    }
  }
}

uint64_t bitwise(uint64_t crc, ByteView data) {
  for (char c : data) {
    crc ^= static_cast<uint8_t>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (crc & 1 ? crc64::kPolynomial : 0);
  }
  return crc;
}

TEST(Crc64, VariantsAgree) {
  SeededRandom random(2);
  const Bytes data = random.bytes(10000);
  for (int round = 0; round < 4000; ++round) {
    const size_t size = round < 1500 ? round : random.u64() % 9900;
    const ByteView part = ByteView(data).substr(random.u64() % 64, size);
    const uint64_t start = random.u64();
    const uint64_t expected = crc64::update_tables(start, part);
    if (size < 600) ASSERT_EQ(expected, bitwise(start, part)) << size;
    if (crc64::has_pclmul()) ASSERT_EQ(crc64::update_pclmul(start, part), expected) << size;
    if (crc64::has_vpclmul()) ASSERT_EQ(crc64::update_vpclmul(start, part), expected) << size;
    ASSERT_EQ(crc64::update(start, part), expected) << size;
  }
}

TEST(Checksum, Combine) {
  SeededRandom random(3);
  for (auto a :
       {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c, ChecksumAlgorithm::kCrc64Nvme}) {
    for (int round = 0; round < 200; ++round) {
      const Bytes x = random.bytes(random.u64() % 2000),
                  y = random.bytes(round == 0 ? 0 : random.u64() % 2000);
      EXPECT_EQ(combine_crc(a, checksum_of(a, x), checksum_of(a, y), y.size()),
                checksum_of(a, x + y));
    }
    // Lengths that no test can hash: moving by n and then by m is moving by n + m.
    const Bytes crc = checksum_of(a, "x"), zero(checksum_size(a), '\0');
    const uint64_t n = 5ULL << 40, m = (1ULL << 50) + 3;
    EXPECT_EQ(combine_crc(a, combine_crc(a, crc, zero, n), zero, m),
              combine_crc(a, crc, zero, n + m));
  }
}

TEST(Digest, KnownAnswers) {
  EXPECT_EQ(hex(digest(Hash::kMd5, "abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(digest(Hash::kSha1, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(digest(Hash::kSha256, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(digest(Hash::kSha384, "abc")).substr(0, 16), "cb00753f45a35e8b");
  EXPECT_EQ(hex(digest(Hash::kSha512, "abc")).substr(0, 16), "ddaf35a193617aba");
}

TEST(Digest, StartsAnewAndClones) {
  SeededRandom random(4);
  for (auto hash : {Hash::kMd5, Hash::kSha1, Hash::kSha256, Hash::kSha384, Hash::kSha512}) {
    Digest d(hash);
    const Bytes a = random.bytes(300), b = random.bytes(77);
    d.update(a);
    Digest copy = d.clone();
    EXPECT_EQ(copy.size(), d.size());
    EXPECT_EQ(d.finish(), digest(hash, a));
    d.update(b);
    EXPECT_EQ(d.finish(), digest(hash, b));
    EXPECT_EQ(d.finish(), digest(hash, ""));
    copy.update(b);
    EXPECT_EQ(copy.finish(), digest(hash, a + b));
    copy.update(a);
    EXPECT_EQ(copy.finish(), digest(hash, a));
  }
}

TEST(SystemRandom, FillsAll) {
  SystemRandom random;
  const Secret a = random_secret(random), b = random_secret(random);
  EXPECT_EQ(a.size(), 32U);
  EXPECT_FALSE(equal_ct(a, b));
  Bytes large(100000, '\0');
  random.fill(large);
  for (size_t at = 0; at < large.size(); at += 100)
    EXPECT_NE(large.substr(at, 100), Bytes(100, '\0'));
  random.fill(MutableBytes());
}

}  // namespace
}  // namespace coffer::crypto
