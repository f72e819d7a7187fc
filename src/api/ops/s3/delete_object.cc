// DeleteObject removes an object, or one version for good; where the bucket has versioning, an
// object goes behind a delete marker. Deleting what is not there succeeds. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
#include "api/ops/s3/object_lock.h"
#include "api/ops/s3/versions.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct DeleteObject {
  struct Input {
    ObjectName at;
    std::optional<std::string> version_id, if_match, if_match_modified, if_match_size;
    std::optional<bool> bypass_governance;
  };
  struct Output {
    std::optional<bool> delete_marker;
    std::optional<std::string> version_id;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "DeleteObject",
                               .route = {Method::kDelete, Scope::kObject},
                               .status_ok = 204,
                               .data_event = true};
  static constexpr auto input =
      fields(group<&Input::at>(), query<&Input::version_id>("versionId"),
             header<&Input::if_match>("If-Match"),
             header<&Input::if_match_modified>("x-amz-if-match-last-modified-time"),
             header<&Input::if_match_size>("x-amz-if-match-size"),
             header<&Input::bypass_governance>("x-amz-bypass-governance-retention"));
  static constexpr auto output = fields(header<&Output::delete_marker>("x-amz-delete-marker"),
                                        header<&Output::version_id>("x-amz-version-id"));

  static Result<s3::DeleteConditions> conditions_of(const Input& in) {
    s3::DeleteConditions out{.if_match = in.if_match};
    if (in.if_match_modified) {
      out.modified_ms = parse_http_date(*in.if_match_modified);
      if (!out.modified_ms)
        return s3::invalid_argument("The date is not well-formed.",
                                    "x-amz-if-match-last-modified-time", *in.if_match_modified);
    }
    if (in.if_match_size) {
      out.bytes = parse_uint(*in.if_match_size);
      if (!out.bytes)
        return s3::invalid_argument("The size must be a non-negative integer.",
                                    "x-amz-if-match-size", *in.if_match_size);
    }
    return out;
  }
  static Status validate(const Input& in, const Call&) {
    if (s3::kind_of_name(in.at.bucket) == s3::BucketKind::kGeneralPurpose) {
      if (in.if_match_modified) return s3::not_implemented("x-amz-if-match-last-modified-time");
      if (in.if_match_size) return s3::not_implemented("x-amz-if-match-size");
    }
    TRY_OK(conditions_of(in));
    return check_version_id(in.version_id);
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket_of(call, in.at);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call&) {
    std::vector<Demand> out{on_object(
        bucket->value, in.at.key, in.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject")};
    set_if_sent(out.front(), "s3:VersionId", in.version_id);
    set_if_sent(out.front(), "s3:if-match", in.if_match);
    // Who makes a deletion depend on an ETag learns of it.
    if (in.if_match && *in.if_match != "*")
      out.push_back(on_object(bucket->value, in.at.key, "s3:GetObject"));
    if (in.bypass_governance.value_or(false))
      out.push_back(bypass_demand(bucket->value, in.at.key));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY(const auto version, version_in(bucket->value, in->version_id));
    CO_TRY(s3::DeleteConditions conditions, conditions_of(*in));
    CO_TRY(const auto done, co_await call.services.s3->objects().remove(
                                bucket, in->at.key, version,
                                {std::move(conditions), in->bypass_governance.value_or(false)}));
    Output out;
    if (!done) co_return out;
    out.version_id = shown_version(bucket->value, *done);
    if (out.version_id) call.draft.event.response.push_back({"x-amz-version-id", *out.version_id});
    if (done->delete_marker) out.delete_marker = true;
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, DeleteObject);

}  // namespace coffer::api
