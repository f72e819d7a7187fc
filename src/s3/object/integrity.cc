#include "s3/object/integrity.h"

#include "base/encoding.h"
#include "s3/errors.h"

namespace coffer::s3 {

std::string checksum_header(crypto::ChecksumAlgorithm a) {
  return "x-amz-checksum-" + lower(crypto::checksum_name(a));
}

Result<Bytes> parse_checksum(crypto::ChecksumAlgorithm a, std::string_view text) {
  auto raw = unbase64(text);
  if (!raw || raw->size() != crypto::checksum_size(a))
    return Error{"InvalidRequest",
                 fmt::format("Value for {} header is invalid.", checksum_header(a))};
  return std::move(*raw);
}

Integrity::Integrity(const Claims& claims, crypto::ChecksumAlgorithm algorithm, bool md5)
    : claims_(claims), checksum_(algorithm) {
  if (claims_.algorithm && *claims_.algorithm != algorithm &&
      (claims_.checksum || claims_.in_trailer))
    claimed_.emplace(*claims_.algorithm);
  if (md5 || claims_.content_md5) md5_.emplace(crypto::Hash::kMd5);
}

void Integrity::update(ByteView plaintext) {
  checksum_.update(plaintext);
  if (claimed_) claimed_->update(plaintext);
  if (md5_) md5_->update(plaintext);
}

Bytes Integrity::md5() {
  if (md5_value_.empty() && md5_) md5_value_ = md5_->finish();
  return md5_value_;
}

Status Integrity::check(const ContentSource& source) {
  if (claims_.content_md5 && md5() != *claims_.content_md5)
    return Error{"BadDigest", "The Content-MD5 you specified did not match what we received."}
        .with("ExpectedDigest", base64(*claims_.content_md5))
        .with("CalculatedDigest", base64(md5()));
  if (!claims_.algorithm) return ok_status();
  std::optional<Bytes> expected = claims_.checksum;
  if (!expected && claims_.in_trailer) {
    auto text = source.trailer(checksum_header(*claims_.algorithm));
    if (!text)
      return Error{"MalformedTrailerError",
                   "The request contained trailing data that was not well-formed or did not "
                   "conform to our published schema."};
    TRY(expected, parse_checksum(*claims_.algorithm, *text));
  }
  if (expected && *expected != (claimed_ ? claimed_->value() : checksum_.value()))
    return Error{"BadDigest",
                 fmt::format("The {} you specified did not match the calculated checksum.",
                             crypto::checksum_name(*claims_.algorithm))};
  return ok_status();
}

}  // namespace coffer::s3
