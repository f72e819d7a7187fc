// CreateMultipartUpload begins an object that comes in parts; its encryption is fixed now.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
#include "api/ops/s3/object_write.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct CreateMultipartUpload {
  struct Input {
    ObjectWrite write;
    std::optional<std::string> checksum_type;
  };
  struct Output {
    std::string bucket, key, upload_id;
    SseAnswer sse;
    std::optional<std::string> checksum_algorithm, checksum_type;
  };
  using Facts = WriteFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "CreateMultipartUpload",
                               .route = {Method::kPost, Scope::kObject, "uploads"},
                               .body_bytes_max = 0,
                               .data_event = true,
                               .output_root = "InitiateMultipartUploadResult"};
  static constexpr auto input =
      fields(group<&Input::write>(), header<&Input::checksum_type>("x-amz-checksum-type"));
  static constexpr auto output =
      fields(group<&Output::sse>(), header<&Output::checksum_algorithm>("x-amz-checksum-algorithm"),
             header<&Output::checksum_type>("x-amz-checksum-type"), body<&Output::bucket>("Bucket"),
             body<&Output::key>("Key"), body<&Output::upload_id>("UploadId"));

  static Status validate(const Input& in, const Call&) { return check_write(in.write); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return object_write_facts(call, in.write);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    return write_demands(in.write, facts, call);
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    const ObjectWrite& write = in->write;
    const bool by_request = facts.plan.by_request;
    const s3::CustomerKeyPtr customer_key = facts.plan.customer_key;
    CO_TRY(const auto type, parse_type(in->checksum_type));
    CO_TRY(s3::WriteOptions options, write_options(write, std::move(facts), call));
    CO_TRY(s3::Upload upload,
           co_await call.services.s3->uploads().create(call.caller, std::move(options), type,
                                                       write.sse.algorithm.value_or(""),
                                                       write.sse.kms_key_id.value_or("")));
    const s3::UploadRecord& record = upload.record;
    note_encryption(call, record.envelope, by_request);
    Output out{.bucket = write.at.bucket,
               .key = write.at.key,
               .upload_id = upload.id,
               .sse = written_answer(write, record.envelope, customer_key)};
    if (record.checksum_algorithm) {
      out.checksum_algorithm = crypto::checksum_name(*record.checksum_algorithm);
      out.checksum_type = type_name(record.checksum_type);
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, CreateMultipartUpload);

}  // namespace coffer::api
