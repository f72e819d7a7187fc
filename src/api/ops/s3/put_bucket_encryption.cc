// PutBucketEncryption sets how new objects of a bucket are encrypted unless their request says
// otherwise. The key is not looked at. It takes Signature Version 4 alone. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
#include "api/ops/s3/bucket_encryption.h"
#include "api/ops/s3/common.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct PutBucketEncryption {
  struct Input {
    BucketName at;
    Blob document;
  };
  using Output = Nothing;
  struct Facts {
    BucketPtr bucket;
    EncryptionConfiguration configuration;
  };

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutBucketEncryption",
                               .route = {Method::kPut, Scope::kBucket, "encryption"},
                               .checksum_required = true};
  static constexpr auto input =
      fields(group<&Input::at>(),
             payload<&Input::document>("ServerSideEncryptionConfiguration", {.required = true}));
  static constexpr auto output = fields();

  static Status validate(const Input&, const Call& call) {
    if (call.caller.signature_version == "AWS")
      return Error{"InvalidRequest",
                   "The authorization mechanism you have provided is not supported. Please use "
                   "AWS4-HMAC-SHA256."};
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    Facts out;
    CO_TRY(out.bucket, find_bucket(call, in.at));
    CO_TRY(out.configuration, parse_configuration(in.document.bytes));
    const auto next = configured(out.configuration, out.bucket->value.encryption);
    call.draft.event.request.push_back(
        {"ServerSideEncryptionConfiguration", configuration_json(next), true});
    co_return out;
  }
  static std::vector<Demand> demands(const Input&, const Facts& facts, const Call&) {
    return {on_bucket(facts.bucket->value, "s3:PutEncryptionConfiguration")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    const auto edit = [configuration = std::move(facts.configuration)](Bucket& bucket) {
      bucket.encryption = configured(configuration, std::move(bucket.encryption));
      return ok_status();
    };
    CO_TRY_OK(co_await call.services.s3->buckets().change(
        in->at.bucket, facts.bucket->value.instance, edit, call.draft));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, PutBucketEncryption);

}  // namespace coffer::api
