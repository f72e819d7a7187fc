#include "crypto/checksum.h"

#include <isa-l/crc.h>

#include "base/encoding.h"
#include "crypto/crc64.h"
#include "crypto/digest.h"

namespace coffer::crypto {
namespace {

struct Row {
  ChecksumAlgorithm algorithm;
  std::string_view name;
  size_t size;
  uint64_t polynomial;  // reflected; 0: not a CRC
};

constexpr std::array<Row, 5> kRows{
    {{ChecksumAlgorithm::kCrc32, "CRC32", 4, 0xedb88320},
     {ChecksumAlgorithm::kCrc32c, "CRC32C", 4, 0x82f63b78},
     {ChecksumAlgorithm::kCrc64Nvme, "CRC64NVME", 8, crc64::kPolynomial},
     {ChecksumAlgorithm::kSha1, "SHA1", 20, 0},
     {ChecksumAlgorithm::kSha256, "SHA256", 32, 0}}};

const Row& row(ChecksumAlgorithm a) {
  const auto i = static_cast<size_t>(a) - 1;
  CHECK(i < kRows.size());
  return kRows[i];
}

Bytes big_endian(uint64_t v, size_t bytes) {
  Bytes out(bytes, '\0');
  for (size_t i = bytes; i-- > 0; v >>= 8) out[i] = static_cast<char>(v);
  return out;
}

uint64_t from_big_endian(ByteView bytes) {
  uint64_t v = 0;
  for (char c : bytes) v = v << 8 | static_cast<uint8_t>(c);
  return v;
}

// multiply is a*b modulo the polynomial of `bits` bits, all reflected.
uint64_t multiply(uint64_t a, uint64_t b, uint64_t polynomial, size_t bits) {
  uint64_t product = 0;
  for (uint64_t power = uint64_t{1} << (bits - 1); a != 0 && power != 0; power >>= 1) {
    if (a & power) {
      product ^= b;
      a ^= power;
    }
    b = (b >> 1) ^ (b & 1 ? polynomial : 0);
  }
  return product;
}

}  // namespace

std::string_view checksum_name(ChecksumAlgorithm a) { return row(a).name; }

std::optional<ChecksumAlgorithm> parse_checksum_name(std::string_view s) {
  for (const auto& r : kRows) {
    if (iequals(r.name, s)) return r.algorithm;
  }
  return std::nullopt;
}

size_t checksum_size(ChecksumAlgorithm a) { return row(a).size; }
bool checksum_is_crc(ChecksumAlgorithm a) { return row(a).polynomial != 0; }

struct Checksum::State {
  uint64_t crc = 0;  // finished, as of all data so far; CRC64NVME: its register
  std::optional<Digest> digest;
};

Checksum::Checksum(ChecksumAlgorithm a) : algorithm_(a), state_(std::make_unique<State>()) {
  if (a == ChecksumAlgorithm::kCrc64Nvme) state_->crc = ~uint64_t{0};
  if (a == ChecksumAlgorithm::kSha1) state_->digest.emplace(Hash::kSha1);
  if (a == ChecksumAlgorithm::kSha256) state_->digest.emplace(Hash::kSha256);
}
Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;
Checksum::~Checksum() = default;

void Checksum::update(ByteView data) {
  switch (algorithm_) {
    case ChecksumAlgorithm::kCrc32:
      state_->crc =
          crc32_gzip_refl(static_cast<uint32_t>(state_->crc),
                          reinterpret_cast<const unsigned char*>(data.data()), data.size());
      return;
    case ChecksumAlgorithm::kCrc32c:
      state_->crc = crc32c(data, static_cast<uint32_t>(state_->crc));
      return;
    case ChecksumAlgorithm::kCrc64Nvme:
      state_->crc = crc64::update(state_->crc, data);
      return;
    case ChecksumAlgorithm::kSha1:
    case ChecksumAlgorithm::kSha256:
      state_->digest->update(data);
      return;
  }
}

Bytes Checksum::value() const {
  if (state_->digest) return state_->digest->clone().finish();
  const bool inverted = algorithm_ == ChecksumAlgorithm::kCrc64Nvme;
  return big_endian(inverted ? ~state_->crc : state_->crc, checksum_size(algorithm_));
}

// The initial and the final inversion cancel out between the two, so that only A's move past B's
// bytes is left: crc(A‖B) = crc(A) * x^(8 |B|) + crc(B).
Bytes combine_crc(ChecksumAlgorithm a, ByteView crc_a, ByteView crc_b, uint64_t b_bytes) {
  const Row& r = row(a);
  CHECK(r.polynomial != 0 && crc_a.size() == r.size && crc_b.size() == r.size);
  const size_t bits = r.size * 8;
  uint64_t value = from_big_endian(crc_a);
  uint64_t factor = uint64_t{1} << (bits - 1 - 8);  // x^8, squared once a bit of the length
  for (; b_bytes != 0; b_bytes >>= 1) {
    if (b_bytes & 1) value = multiply(value, factor, r.polynomial, bits);
    factor = multiply(factor, factor, r.polynomial, bits);
  }
  return big_endian(value ^ from_big_endian(crc_b), r.size);
}

uint32_t crc32c(ByteView data, uint32_t init) {
  constexpr size_t kChunkBytesMax = size_t{1} << 30;  // ISA-L counts in int
  uint32_t crc = ~init;
  while (!data.empty()) {
    ByteView chunk = data.substr(0, kChunkBytesMax);
    auto* bytes =
        reinterpret_cast<unsigned char*>(const_cast<char*>(chunk.data()));  // ISA-L only reads them
    crc = crc32_iscsi(bytes, static_cast<int>(chunk.size()), crc);
    data.remove_prefix(chunk.size());
  }
  return ~crc;
}

}  // namespace coffer::crypto
