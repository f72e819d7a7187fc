// UploadPartCopy makes a part out of an object, or of a range of it.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
#include "api/ops/s3/copy_source.h"
#include "api/ops/s3/source_range.h"
#include "api/ops/s3/upload_target.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct UploadPartCopy {
  struct Input {
    UploadName name;
    std::string part_number;
    std::optional<std::string> range;
    SourceHeaders source;
    SseHeaders sse;
  };
  struct Output {
    std::optional<std::string> source_version_id;
    SseAnswer sse;
    std::string etag;
    Timestamp last_modified;
    ChecksumElements checksum;
  };
  struct Facts {
    UploadFacts target;
    SourceFacts source;
  };

  static constexpr OpSpec spec{
      .service = Service::kS3,
      .name = "UploadPartCopy",
      .route = {Method::kPut, Scope::kObject, "partNumber&uploadId", "x-amz-copy-source"},
      .body_bytes_max = 0,
      .data_event = true,
      .output_root = "CopyPartResult"};
  static constexpr auto input =
      fields(group<&Input::name>(), query<&Input::part_number>("partNumber"),
             header<&Input::range>("x-amz-copy-source-range"), group<&Input::source>(),
             group<&Input::sse>());
  static constexpr auto output =
      fields(header<&Output::source_version_id>("x-amz-copy-source-version-id"),
             group<&Output::sse>(), body<&Output::last_modified>("LastModified"),
             body<&Output::etag>("ETag"), group<&Output::checksum>());

  static Status validate(const Input& in, const Call&) {
    TRY_OK(in.sse.on_stored());
    TRY_OK(parse_part_number(in.part_number));
    if (in.range) TRY_OK(parse_source_range(*in.range));
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    Facts out;
    CO_TRY(out.target, co_await upload_facts(call, in.name));
    CO_TRY(out.source, source_facts(call, in.source));
    const SourceFacts& from = out.source;
    CO_TRY(out.source.existing,
           co_await existing_tags(call, from.bucket, from.name.key, from.name.version_id));
    co_return out;
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    std::vector<Demand> out{part_demand(in.name, facts.target)};
    out.front().conditions.set("s3:x-amz-copy-source",
                               facts.source.name.bucket + "/" + facts.source.name.key);
    add_source_demands(out, facts.source);
    return out;
  }
  // open reads the source as the caller, once its own conditions hold.
  static Task<Result<s3::ReadAnswer>> open(const Authorized<Input>& in, const SourceFacts& source,
                                           Call& call) {
    const s3::ReadConditions conditions = in->source.conditions.conditions();
    const s3::Missing missing = missing_source(in, source.name.key, source.name.version_id);
    s3::Objects& objects = call.services.s3->objects();
    s3::ReadOptions options{.bucket = source.bucket,
                            .key = source.name.key,
                            .customer_key = source.customer_key,
                            .judged = source.existing.judged};
    CO_TRY(options.version, version_in(source.bucket->value, source.name.version_id));
    CO_TRY(const s3::ReadAnswer first,
           co_await objects.head(call.caller, transport_of(call), options, missing));
    CO_TRY_OK(
        s3::judge_read(conditions, first.facts.head.etag, first.facts.head.modified_ms, true));
    if (in->range) {
      CO_TRY(options.range, checked_source_range(*in->range, first.facts.head.bytes));
    }
    CO_TRY(s3::ReadAnswer answer,
           co_await objects.get(call.caller, transport_of(call), std::move(options), missing));
    CO_TRY_OK(
        s3::judge_read(conditions, answer.facts.head.etag, answer.facts.head.modified_ms, true));
    co_return answer;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(s3::Upload upload, upload_of(facts.target, in->name));
    CO_TRY_OK(check_upload_transport(call, upload));
    CO_TRY(const uint32_t number, parse_part_number(in->part_number));
    CO_TRY(s3::ReadAnswer source, co_await open(in, facts.source, call));
    const uint64_t size = source.size;
    CO_TRY(const s3::CustomerKeyPtr customer_key,
           part_customer_key(call, in->sse, facts.target.bucket->value, in->name.at.key));
    s3::PartOptions options{.bucket = std::move(facts.target.bucket),
                            .key = in->name.at.key,
                            .upload = std::move(upload),
                            .number = number,
                            .customer_key = customer_key};
    CO_TRY(s3::PartFacts part,
           co_await call.services.s3->uploads().put_part(
               call.caller, std::move(options), stream_source(std::move(source.content)), size));
    Output out{.source_version_id = shown_version(facts.source.bucket->value, source.facts.head),
               .sse = sse_answer(part.envelope, customer_key),
               .etag = quoted(part.etag),
               .last_modified = {part.modified_ms}};
    show(part.checksum, out.checksum, false);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, UploadPartCopy);

}  // namespace coffer::api
