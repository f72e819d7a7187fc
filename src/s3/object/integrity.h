#pragma once
// Integrity is what is computed over a body as it passes, and what the client said it would be.
// Source: S3 User Guide, "Checking object integrity"; spec/s3.md A.15.
#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/checksum.h"
#include "crypto/digest.h"
#include "s3/object/content.h"

namespace coffer::s3 {

// Claims are the client's: of a header, or of a trailer whose name was announced.
struct Claims {
  std::optional<Bytes> content_md5;                    // 16 bytes
  std::optional<crypto::ChecksumAlgorithm> algorithm;  // of `checksum` or of the announced trailer
  std::optional<Bytes> checksum;                       // from a header, raw bytes
  bool in_trailer = false;
};

class Integrity {
 public:
  // `algorithm`: what is stored with the content. `md5`: whether the ETag is the MD5.
  Integrity(const Claims& claims, crypto::ChecksumAlgorithm algorithm, bool md5);
  void update(ByteView plaintext);
  // check holds the claims against what was computed, after the end of `source`. Errors: BadDigest,
  // InvalidRequest.
  Status check(const ContentSource& source);
  Bytes md5();  // 16 bytes; only where it was computed; once
  Bytes checksum() const { return checksum_.value(); }
  crypto::ChecksumAlgorithm algorithm() const { return checksum_.algorithm(); }

 private:
  Claims claims_;
  crypto::Checksum checksum_;
  std::optional<crypto::Checksum>
      claimed_;  // where another algorithm than the stored one was claimed
  std::optional<crypto::Digest> md5_;
  Bytes md5_value_;
};

// parse_checksum reads the base64 value of an x-amz-checksum-* header or element. Error:
// InvalidRequest.
Result<Bytes> parse_checksum(crypto::ChecksumAlgorithm a, std::string_view base64_value);
std::string checksum_header(crypto::ChecksumAlgorithm a);  // "x-amz-checksum-crc64nvme"

}  // namespace coffer::s3
