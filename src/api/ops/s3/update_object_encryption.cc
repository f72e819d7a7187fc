// UpdateObjectEncryption moves an object under a KMS key, or to another one, by wrapping its keys
// anew: no byte of content is read. The key service is asked for what is done, Decrypt and
// GenerateDataKey; that AWS names Encrypt and ReEncrypt too is not held against the caller
// (unverified). Policies see aws:kms and the key as if headers had named them (unverified).
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_UpdateObjectEncryption.html
#include "api/ops/s3/versions.h"
#include "base/arn.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

Error invalid_request(std::string message) { return {"InvalidRequest", std::move(message)}; }

struct UpdateObjectEncryption {
  struct SseKms {
    std::string key_arn;
    std::optional<bool> bucket_key;
    static constexpr auto shape() {
      return fields(body<&SseKms::key_arn>("KMSKeyArn"),
                    body<&SseKms::bucket_key>("BucketKeyEnabled"));
    }
  };
  struct ObjectEncryption {
    std::optional<SseKms> kms;
    static constexpr auto shape() { return fields(body<&ObjectEncryption::kms>("SSE-KMS")); }
  };
  struct Input {
    ObjectName at;
    std::optional<std::string> version_id;
    ObjectEncryption encryption;
  };
  using Output = Nothing;
  using Facts = WriteFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "UpdateObjectEncryption",
                               .route = {Method::kPut, Scope::kObject, "encryption"},
                               .data_event = true,
                               .checksum_required = true};
  static constexpr auto input =
      fields(group<&Input::at>(), query<&Input::version_id>("versionId"),
             payload<&Input::encryption>("ObjectEncryption", {.required = true}));
  static constexpr auto output = fields();

  static Status check_key_arn(const std::string& text) {
    if (text.empty())
      return invalid_request(
          "Requests that modify an object's encryption type to SSE-KMS require an Amazon Web "
          "Services KMS key Amazon Resource Name (ARN). Modify the request to specify a KMS key "
          "ARN, and then try again.");
    const auto arn = Arn::parse(text);
    if (!arn || arn->service != "kms" || !arn->resource.starts_with("key/"))
      return invalid_request(
          "Requests that modify an object's encryption type to SSE-KMS require a valid Amazon Web "
          "Services KMS key Amazon Resource Name (ARN). Confirm that you have a correctly "
          "formatted KMS key ARN in your request, and then try again.");
    return ok_status();
  }
  static Status validate(const Input& in, const Call& call) {
    if (!in.encryption.kms)
      return invalid_request(
          "Requests that modify an object encryption configuration require a valid new encryption "
          "type. Valid values are SSEKMS. Modify the request to specify SSE-KMS for the updated "
          "encryption type, and then try again.");
    TRY_OK(check_version_id(in.version_id));
    TRY_OK(check_key_arn(in.encryption.kms->key_arn));
    if (call.caller.signature_version == "AWS")
      return invalid_request(
          "Requests that modify an object encryption configuration require Amazon Web Services "
          "Signature Version 4. Modify the request to use Amazon Web Services Signature Version 4, "
          "and then try again.");
    return s3::check_transport(s3::Algorithm::kKms, transport_of(call));
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    Facts out;
    CO_TRY(out.bucket, find_bucket_of(call, in.at));
    out.plan.algorithm = s3::Algorithm::kKms;
    out.plan.kms_key_id = in.encryption.kms->key_arn;
    out.plan.bucket_key = in.encryption.kms->bucket_key.value_or(false);
    out.plan.by_request = true;
    out.key_arn = out.plan.kms_key_id;
    call.draft.event.request.push_back({"KMSKeyArn", out.plan.kms_key_id});
    co_return out;
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    std::vector<Demand> out;
    for (const char* action : {"s3:PutObject", "s3:UpdateObjectEncryption"}) {
      Demand& demand = out.emplace_back(on_object(facts.bucket->value, in.at.key, action));
      set_sse_conditions(demand, "aws:kms", facts.key_arn, facts.key_arn);
      set_if_sent(demand, "s3:VersionId", in.version_id);
    }
    out.push_back(may_learn_missing(facts.bucket->value));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(const auto version, version_in(facts.bucket->value, in->version_id));
    if (Arn::parse(facts.plan.kms_key_id)->account != facts.bucket->value.owner)
      co_return Error{
          "AccessDenied",
          "The Amazon Web Services KMS key in the request must be owned by the same account as the "
          "bucket. Modify the request to specify a KMS key from the same account, and then try "
          "again."};
    CO_TRY(const s3::Head head,
           co_await call.services.s3->objects().update_encryption(
               call.caller, transport_of(call), std::move(facts.bucket), in->at.key, version,
               std::move(facts.plan), missing_answer(in, call, in->at.key, in->version_id)));
    note_encryption(call, head.envelope, true);
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, UpdateObjectEncryption);

}  // namespace coffer::api
