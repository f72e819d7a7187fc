#include "api/ops/s3/checksums.h"

#include "base/encoding.h"
#include "s3/errors.h"

namespace coffer::api::s3_ops {
namespace {

using crypto::ChecksumAlgorithm;

constexpr std::string_view kPrefix = "x-amz-checksum-";
constexpr size_t kMd5Bytes = 16;

Error several() {
  return {"InvalidRequest",
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."};
}

// unknown_checksum finds a checksum header of an algorithm that we do not have.
std::optional<std::string> unknown_checksum(const net::Headers& headers) {
  for (const net::Header& sent : headers.list()) {
    if (sent.name.size() <= kPrefix.size()) continue;
    const std::string name = lower(sent.name);
    if (!name.starts_with(kPrefix)) continue;
    const std::string_view rest = std::string_view(name).substr(kPrefix.size());
    if (rest != "algorithm" && rest != "type" && rest != "mode" &&
        !crypto::parse_checksum_name(rest))
      return name;
  }
  return std::nullopt;
}

std::optional<std::string>& member_of(ChecksumValues& values, ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::kCrc32:
      return values.crc32;
    case ChecksumAlgorithm::kCrc32c:
      return values.crc32c;
    case ChecksumAlgorithm::kSha1:
      return values.sha1;
    case ChecksumAlgorithm::kSha256:
      return values.sha256;
    case ChecksumAlgorithm::kCrc64Nvme:
      break;
  }
  return values.crc64nvme;
}

}  // namespace

std::map<ChecksumAlgorithm, std::string> ChecksumHeaders::sent() const {
  std::map<ChecksumAlgorithm, std::string> out;
  if (crc32) out.emplace(ChecksumAlgorithm::kCrc32, *crc32);
  if (crc32c) out.emplace(ChecksumAlgorithm::kCrc32c, *crc32c);
  if (crc64nvme) out.emplace(ChecksumAlgorithm::kCrc64Nvme, *crc64nvme);
  if (sha1) out.emplace(ChecksumAlgorithm::kSha1, *sha1);
  if (sha256) out.emplace(ChecksumAlgorithm::kSha256, *sha256);
  return out;
}

Result<s3::Claims> claims_of(const Call& call, const ChecksumHeaders& headers) {
  s3::Claims out;
  if (auto unknown = unknown_checksum(call.request.headers))
    return s3::not_implemented(std::move(*unknown));
  if (auto md5 = call.request.headers.find("content-md5")) {
    out.content_md5 = unbase64(*md5);
    if (!out.content_md5 || out.content_md5->size() != kMd5Bytes)
      return Error{"InvalidDigest", "The Content-MD5 you specified was invalid."}.with(
          "Content-MD5", std::string(*md5));
  }
  const auto sent = headers.sent();
  if (sent.size() > 1) return several();
  if (!sent.empty()) {
    out.algorithm = sent.begin()->first;
    TRY(out.checksum, s3::parse_checksum(sent.begin()->first, sent.begin()->second));
  }
  const std::string trailer = call.body ? call.body->announced_trailer() : std::string();
  if (!trailer.starts_with(kPrefix)) return out;
  if (out.algorithm) return several();
  out.algorithm = crypto::parse_checksum_name(std::string_view(trailer).substr(kPrefix.size()));
  if (!out.algorithm) return s3::not_implemented(trailer);
  out.in_trailer = true;
  return out;
}

Result<std::optional<ChecksumAlgorithm>> parse_algorithm(const std::optional<std::string>& header) {
  if (!header) return std::optional<ChecksumAlgorithm>();
  auto algorithm = crypto::parse_checksum_name(*header);
  if (!algorithm)
    return Error{"InvalidRequest",
                 "Checksum algorithm provided is unsupported. Please try again with any of the "
                 "valid types: [CRC32, CRC32C, CRC64NVME, "
                 "SHA1, SHA256]"};
  return algorithm;
}

Result<std::optional<s3::ChecksumType>> parse_type(const std::optional<std::string>& header) {
  if (!header) return std::optional<s3::ChecksumType>();
  for (s3::ChecksumType type : {s3::ChecksumType::kFullObject, s3::ChecksumType::kComposite})
    if (iequals(*header, type_name(type))) return std::optional(type);
  return Error{"InvalidRequest", "Value for x-amz-checksum-type header is invalid."};
}

std::string_view type_name(s3::ChecksumType type) {
  return type == s3::ChecksumType::kComposite ? "COMPOSITE" : "FULL_OBJECT";
}

void show(const std::optional<s3::StoredChecksum>& checksum, ChecksumValues& into, bool with_type) {
  if (!checksum) return;
  std::string text = base64(checksum->value);
  if (checksum->parts > 0) text += fmt::format("-{}", checksum->parts);
  member_of(into, checksum->algorithm) = std::move(text);
  if (with_type) into.type = type_name(checksum->type);
}

}  // namespace coffer::api::s3_ops
