// AbortMultipartUpload ends an upload; its parts are given up.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
#include "api/ops/s3/upload_target.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct AbortMultipartUpload {
  using Input = UploadName;
  using Output = Nothing;
  using Facts = UploadFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "AbortMultipartUpload",
                               .route = {Method::kDelete, Scope::kObject, "uploadId"},
                               .status_ok = 204,
                               .data_event = true};
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();

  static Task<Result<Facts>> facts(const Input& in, Call& call) { return upload_facts(call, in); }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    return {on_object(facts.bucket->value, in.at.key, "s3:AbortMultipartUpload")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(s3::Upload upload, upload_of(facts, *in));
    CO_TRY_OK(co_await call.services.s3->uploads().abort(std::move(facts.bucket), in->at.key,
                                                         std::move(upload)));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, AbortMultipartUpload);

}  // namespace coffer::api
