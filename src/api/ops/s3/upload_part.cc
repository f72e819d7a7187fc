// UploadPart stores one part of an upload, under the upload's encryption.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
#include "api/ops/s3/upload_target.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct UploadPart {
  struct Input {
    UploadName name;
    std::string part_number;
    SseHeaders sse;
    ChecksumHeaders checksum;
  };
  using Output = PartAnswer;
  using Facts = UploadFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "UploadPart",
                               .route = {Method::kPut, Scope::kObject, "partNumber&uploadId"},
                               .streams = Streams::kRequest,
                               .data_event = true};
  static constexpr auto input =
      fields(group<&Input::name>(), query<&Input::part_number>("partNumber"), group<&Input::sse>(),
             group<&Input::checksum>());
  static constexpr auto output = Output::shape();

  static Status validate(const Input& in, const Call&) {
    TRY_OK(in.sse.on_stored());
    TRY_OK(parse_part_number(in.part_number));
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return upload_facts(call, in.name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    return {part_demand(in.name, facts)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(s3::Upload upload, upload_of(facts, in->name));
    CO_TRY_OK(check_upload_transport(call, upload));
    CO_TRY(const uint32_t number, parse_part_number(in->part_number));
    CO_TRY(s3::Claims claims, claims_of(call, in->checksum));
    const auto length = call.body->decoded_length();
    if (!length)
      co_return Error{"MissingContentLength", "You must provide the Content-Length HTTP header."};
    CO_TRY(const s3::CustomerKeyPtr customer_key,
           part_customer_key(call, in->sse, facts.bucket->value, in->name.at.key));
    s3::PartOptions options{.bucket = std::move(facts.bucket),
                            .key = in->name.at.key,
                            .upload = std::move(upload),
                            .number = number,
                            .claims = std::move(claims),
                            .customer_key = customer_key};
    CO_TRY(s3::PartFacts part, co_await call.services.s3->uploads().put_part(
                                   call.caller, std::move(options), body_source(call), *length));
    Output out{.etag = quoted(part.etag), .sse = sse_answer(part.envelope, customer_key)};
    show(part.checksum, out.checksum, false);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, UploadPart);

}  // namespace coffer::api
