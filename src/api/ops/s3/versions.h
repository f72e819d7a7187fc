#pragma once
// Versions in requests and answers: which one is meant, what is told of the one that was found, and
// how a version or a key that is not there reads. Source: S3 User Guide, "Retaining multiple
// versions of objects with S3 Versioning"; "Working with delete markers".
#include "api/ops/s3/common.h"

namespace coffer::api::s3_ops {

// check_version_id holds the form alone. Error: InvalidArgument.
Status check_version_id(const std::optional<std::string>& version_id);
// version_in answers the version that is meant; nullopt: the current one. Error: InvalidArgument,
// also where the bucket never had any but the null version.
Result<std::optional<s3::VersionId>> version_in(const Bucket& bucket,
                                                const std::optional<std::string>& version_id);
// shown_version is what x-amz-version-id says; nothing where the bucket never had versioning.
std::optional<std::string> shown_version(const Bucket& bucket, const s3::Head& head);

// absence is how what is not there reads to who may learn of it: NoSuchKey, NoSuchVersion, or
// MethodNotAllowed on a delete marker, whose headers go into the call's.
Error absence(Call& call, const std::string& key, const std::optional<std::string>& version_id,
              const s3::Head* marker);
// source_absence is the same of a copy's source.
Error source_absence(const std::string& key, const std::optional<std::string>& version_id,
                     const s3::Head* marker);

// missing_answer is what a caller reads where there is no such object. All of it is the caller's to
// keep until the answer.
template <class T>
s3::Missing missing_answer(const Authorized<T>& in, Call& call, const std::string& key,
                           const std::optional<std::string>& version_id) {
  return [&](const s3::Head* marker) {
    if (!in.may_learn_missing()) return in.missing_refusal();
    return absence(call, key, version_id, marker);
  };
}
template <class T>
s3::Missing missing_source(const Authorized<T>& in, const std::string& key,
                           const std::optional<std::string>& version_id) {
  return [&](const s3::Head* marker) {
    if (!in.may_learn_missing()) return in.missing_refusal();
    return source_absence(key, version_id, marker);
  };
}

}  // namespace coffer::api::s3_ops
