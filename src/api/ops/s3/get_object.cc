// GetObject streams an object, a range of it or one of its parts, decrypted as the caller.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
#include "api/ops/s3/object_answer.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct GetObject {
  using Input = ObjectRead;
  using Output = ObjectAnswer;
  using Facts = VersionFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetObject",
                               .route = {Method::kGet, Scope::kObject},
                               .streams = Streams::kResponse,
                               .read_only = true,
                               .data_event = true};
  static constexpr auto input = Input::shape();
  static constexpr auto output = Output::shape();

  static Status validate(const Input& in, const Call& call) { return check_read(in, call); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return version_facts(call, in.at, in.version_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    return read_demands(in, facts);
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(s3::ReadOptions options, read_options(*in, facts));
    const s3::CustomerKeyPtr customer_key = options.customer_key;
    CO_TRY(s3::ReadAnswer answer, co_await call.services.s3->objects().get(
                                      call.caller, transport_of(call), std::move(options),
                                      missing_answer(in, call, in->at.key, in->version_id)));
    Output out = describe(*in, facts.bucket->value, answer, customer_key, call);
    if (answer.content) call.producer = stream_producer(std::move(answer.content));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, GetObject);

}  // namespace coffer::api
