// PutBucketEncryption sets how new objects of a bucket are encrypted unless their request says
// otherwise; it takes Signature Version 4 alone. A general purpose bucket's key is not looked at; a
// directory bucket's must be usable by the caller now, and stays the only one for the bucket's
// life. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
#include "api/ops/s3/bucket_encryption.h"
#include "api/ops/s3/common.h"
#include "kms/key_service.h"

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
  // checked_key answers the ARN of the customer managed key that the rule names, which the caller
  // may use; nullopt: SSE-S3.
  static Task<Result<std::optional<std::string>>> checked_key(const Facts& facts, Call& call) {
    const EncryptionRule& rule = facts.configuration.rules.front();
    CO_TRY_OK(check_directory_rule(rule));
    if (rule.by_default->algorithm != "aws:kms") co_return std::optional<std::string>();
    const std::string& named = *rule.by_default->kms_key_id;
    kms::KeyService& keys = *call.services.kms;
    const auto in_words_of_s3 = [](Error refused) { return s3::s3_error(std::move(refused)); };
    auto target = keys.find(call.caller, named, kms::Names::kKeysOnly);
    if (!target) co_return in_words_of_s3(std::move(target.error()));
    std::string arn = target->arn;
    if (target->key && target->key->manager == kms::KeyManager::kAws)
      co_return Error{"InvalidRequest",
                      "Directory buckets support customer managed keys only. The AWS managed key "
                      "(aws/s3) is not supported."};
    Bucket as_asked = facts.bucket->value;
    CO_TRY_OK(configure_directory(arn, as_asked));
    CO_TRY_OK(
        co_await call.services.s3->envelopes().check_key(call.caller, facts.bucket, arn, true));
    co_return std::optional<std::string>(std::move(arn));
  }
  static Task<Result<Output>> run_in_directory(Facts facts, Call& call) {
    CO_TRY(const auto key_arn, co_await checked_key(facts, call));
    const auto edit = [key_arn](Bucket& bucket) { return configure_directory(key_arn, bucket); };
    CO_TRY_OK(co_await call.services.s3->buckets().change(
        facts.bucket->value.name, facts.bucket->value.instance, edit, call.draft));
    co_return Output{};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    if (facts.bucket->value.kind == s3::BucketKind::kDirectory)
      co_return co_await run_in_directory(std::move(facts), call);
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
