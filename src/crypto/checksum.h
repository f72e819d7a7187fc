#pragma once
// S3's additional checksums. Values are the big-endian bytes that S3 sends as base64.
// Source: S3 User Guide, "Checking object integrity"; CRC-64/NVME: NVM Express NVM Command Set
// specification 5.2.1.3.4.
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::crypto {

enum class ChecksumAlgorithm : uint8_t {
  kCrc32 = 1,
  kCrc32c = 2,
  kCrc64Nvme = 3,
  kSha1 = 4,
  kSha256 = 5
};

std::string_view checksum_name(
    ChecksumAlgorithm a);  // "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"
std::optional<ChecksumAlgorithm> parse_checksum_name(std::string_view s);  // any case
size_t checksum_size(ChecksumAlgorithm a);                                 // bytes: 4, 4, 8, 20, 32
bool checksum_is_crc(ChecksumAlgorithm a);  // only CRCs combine into FULL_OBJECT values

// Checksum is computed as data passes. One thread at a time.
class Checksum {
 public:
  explicit Checksum(ChecksumAlgorithm a);
  Checksum(Checksum&&) noexcept;
  Checksum& operator=(Checksum&&) noexcept;
  ~Checksum();
  ChecksumAlgorithm algorithm() const { return algorithm_; }
  void update(ByteView data);
  Bytes value() const;  // of all so far

 private:
  struct State;
  ChecksumAlgorithm algorithm_;
  std::unique_ptr<State> state_;
};

// combine_crc is the CRC of A‖B from crc(A), crc(B) and B's length in bytes.
Bytes combine_crc(ChecksumAlgorithm a, ByteView crc_a, ByteView crc_b, uint64_t b_bytes);

uint32_t crc32c(ByteView data, uint32_t init = 0);  // for record framing

}  // namespace coffer::crypto
