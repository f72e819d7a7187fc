#pragma once
// Checksums as S3's clients send and read them. Source: S3 User Guide, "Checking object integrity";
// spec/s3.md A.15.
#include <map>
#include <optional>
#include <string>

#include "api/call.h"
#include "api/op.h"
#include "crypto/checksum.h"
#include "s3/object/integrity.h"
#include "s3/object/record.h"

namespace coffer::api::s3_ops {

// ChecksumHeaders are those of a request that carries content, or repeats a checksum.
struct ChecksumHeaders {
  std::optional<std::string> crc32, crc32c, crc64nvme, sha1, sha256;
  static constexpr auto shape() {
    using H = ChecksumHeaders;
    return fields(
        header<&H::crc32>("x-amz-checksum-crc32"), header<&H::crc32c>("x-amz-checksum-crc32c"),
        header<&H::crc64nvme>("x-amz-checksum-crc64nvme"), header<&H::sha1>("x-amz-checksum-sha1"),
        header<&H::sha256>("x-amz-checksum-sha256"));
  }
  std::map<crypto::ChecksumAlgorithm, std::string> sent() const;
};

// claims_of gathers what the client says its body is, in headers or in a trailer that it announces.
// Errors: InvalidRequest, InvalidDigest, NotImplemented for an algorithm that we do not have.
Result<s3::Claims> claims_of(const Call& call, const ChecksumHeaders& headers);

// parse_algorithm and parse_type read x-amz-checksum-algorithm and -type. Error: InvalidRequest.
Result<std::optional<crypto::ChecksumAlgorithm>> parse_algorithm(
    const std::optional<std::string>& header);
Result<std::optional<s3::ChecksumType>> parse_type(const std::optional<std::string>& header);
std::string_view type_name(s3::ChecksumType type);

struct ChecksumValues {
  std::optional<std::string> crc32, crc32c, crc64nvme, sha1, sha256, type;
};
// ChecksumAnswer is a checksum in headers, ChecksumElements in an answer's body.
struct ChecksumAnswer : ChecksumValues {
  static constexpr auto shape() {
    using H = ChecksumValues;
    return fields(
        header<&H::crc32>("x-amz-checksum-crc32"), header<&H::crc32c>("x-amz-checksum-crc32c"),
        header<&H::crc64nvme>("x-amz-checksum-crc64nvme"), header<&H::sha1>("x-amz-checksum-sha1"),
        header<&H::sha256>("x-amz-checksum-sha256"), header<&H::type>("x-amz-checksum-type"));
  }
};
struct ChecksumElements : ChecksumValues {
  static constexpr auto shape() {
    using H = ChecksumValues;
    return fields(body<&H::crc32>("ChecksumCRC32"), body<&H::crc32c>("ChecksumCRC32C"),
                  body<&H::crc64nvme>("ChecksumCRC64NVME"), body<&H::sha1>("ChecksumSHA1"),
                  body<&H::sha256>("ChecksumSHA256"), body<&H::type>("ChecksumType"));
  }
};

// show writes a checksum into the member of its algorithm. A part's has no type.
void show(const std::optional<s3::StoredChecksum>& checksum, ChecksumValues& into,
          bool with_type = true);

}  // namespace coffer::api::s3_ops
