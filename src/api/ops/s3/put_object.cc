// PutObject stores one object of at most 5 GiB, encrypted as the request or the bucket says; in a
// directory bucket it can append to one.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
#include "api/ops/s3/object_write.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct PutObject {
  struct Input {
    ObjectWrite write;
    ChecksumHeaders checksum;
  };
  struct Output {
    std::string etag;
    std::optional<std::string> version_id;
    std::optional<int64_t> size;  // of the object, after an append
    SseAnswer sse;
    ChecksumAnswer checksum;
  };
  using Facts = WriteFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutObject",
                               .route = {Method::kPut, Scope::kObject},
                               .streams = Streams::kRequest,
                               .data_event = true};
  static constexpr auto input = fields(group<&Input::write>(), group<&Input::checksum>());
  static constexpr auto output =
      fields(header<&Output::etag>("ETag"), header<&Output::version_id>("x-amz-version-id"),
             header<&Output::size>("x-amz-object-size"), group<&Output::sse>(),
             group<&Output::checksum>());

  static Status validate(const Input& in, const Call&) {
    if (const auto& offset = in.write.restrictions.write_offset; offset && !parse_uint(*offset))
      return s3::invalid_argument("The write offset must be a non-negative integer.",
                                  "x-amz-write-offset-bytes", *offset);
    return check_write(in.write, true);
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return object_write_facts(call, in.write);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out = write_demands(in.write, facts, call);
    add_condition_demands(out, in.write.conditions, facts.bucket->value, in.write.at.key);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    const bool by_request = facts.plan.by_request;
    const s3::CustomerKeyPtr customer_key = facts.plan.customer_key;
    const BucketPtr bucket = facts.bucket;
    CO_TRY(s3::WriteOptions options, write_options(in->write, std::move(facts), call));
    CO_TRY(options.claims, claims_of(call, in->checksum));
    if (options.claims.algorithm)
      options.checksum_algorithm.reset();  // a value that was sent says more than a name
    const auto length = call.body->decoded_length();
    if (!length)
      co_return Error{"MissingContentLength", "You must provide the Content-Length HTTP header."};
    s3::Objects& objects = call.services.s3->objects();
    const auto& offset = in->write.restrictions.write_offset;
    auto stored =
        offset ? co_await objects.append(call.caller, std::move(options), *parse_uint(*offset),
                                         body_source(call), *length)
               : co_await objects.put(call.caller, std::move(options), body_source(call), *length);
    CO_TRY(s3::ObjectFacts done, std::move(stored));
    note_encryption(call, done.head.envelope, by_request);
    Output out{.etag = quoted(done.head.etag),
               .version_id = note_version(call, bucket->value, done.head),
               .sse = written_answer(in->write, done.head.envelope, customer_key)};
    if (offset) out.size = static_cast<int64_t>(done.head.bytes);
    show(done.checksum, out.checksum);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, PutObject);

}  // namespace coffer::api
