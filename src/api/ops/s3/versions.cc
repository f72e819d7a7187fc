#include "api/ops/s3/versions.h"

namespace coffer::api::s3_ops {

Status check_version_id(const std::optional<std::string>& version_id) {
  if (version_id) TRY_OK(s3::parse_version_id(*version_id));
  return ok_status();
}

Result<std::optional<s3::VersionId>> version_in(const Bucket& bucket,
                                                const std::optional<std::string>& version_id) {
  if (!version_id) return std::optional<s3::VersionId>();
  TRY(const s3::VersionId out, s3::parse_version_id(*version_id));
  if (!out.null && bucket.versioning == s3::Versioning::kNever)
    return s3::invalid_argument("Invalid version id specified", "versionId", *version_id);
  return std::optional<s3::VersionId>(out);
}

std::optional<std::string> shown_version(const Bucket& bucket, const s3::Head& head) {
  if (bucket.versioning == s3::Versioning::kNever && !head.has_version_id) return std::nullopt;
  return s3::version_text(head);
}

Error absence(Call& call, const std::string& key, const std::optional<std::string>& version_id,
              const s3::Head* marker) {
  if (marker) {
    call.headers.add("x-amz-delete-marker", "true");
    call.headers.add("x-amz-version-id", s3::version_text(*marker));
  }
  if (!version_id) return s3::no_such_key(key);
  if (!marker) return s3::no_such_version(key, *version_id);
  call.headers.add("Allow", "DELETE");
  call.headers.add("Last-Modified", http_date(marker->modified_ms));
  return Error{"MethodNotAllowed", "The specified method is not allowed against this resource."}
      .with("Method", std::string(call.request.method))
      .with("ResourceType", "DeleteMarker");
}

Error source_absence(const std::string& key, const std::optional<std::string>& version_id,
                     const s3::Head* marker) {
  if (!version_id) return s3::no_such_key(key);
  if (!marker) return s3::no_such_version(key, *version_id);
  return Error{"InvalidRequest",
               "The source of a copy request may not specifically refer to a delete marker by "
               "version id."};
}

}  // namespace coffer::api::s3_ops
