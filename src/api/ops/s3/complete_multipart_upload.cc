// CompleteMultipartUpload joins the parts that it names into one object.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
#include "api/ops/s3/upload_target.h"
#include "api/ops/s3/versions.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct CompleteMultipartUpload {
  struct Part {
    int64_t number = 0;
    std::string etag;
    ChecksumElements checksum;
    static constexpr auto shape() {
      return fields(body<&Part::number>("PartNumber"), body<&Part::etag>("ETag"),
                    group<&Part::checksum>());
    }
  };
  struct List {
    std::vector<Part> parts;
    static constexpr auto shape() {
      return fields(body<&List::parts>("Part", {.flattened = true}));
    }
  };
  struct Input {
    UploadName name;
    List list;
    SseHeaders sse;
    ChecksumHeaders checksum;
    WriteConditionHeaders conditions;
    std::optional<std::string> checksum_type;
    std::optional<int64_t> object_bytes;
  };
  struct Output {
    std::optional<std::string> version_id;
    ServiceSseAnswer sse;
    std::string location, bucket, key, etag;
    ChecksumElements checksum;
  };
  using Facts = UploadFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "CompleteMultipartUpload",
                               .route = {Method::kPost, Scope::kObject, "uploadId"},
                               .body_bytes_max = 4 * 1024 * 1024,
                               .data_event = true,
                               .checksum_of_object = true,
                               .output_root = "CompleteMultipartUploadResult"};
  static constexpr auto input =
      fields(group<&Input::name>(), payload<&Input::list>("CompleteMultipartUpload"),
             group<&Input::sse>(), group<&Input::checksum>(), group<&Input::conditions>(),
             header<&Input::checksum_type>("x-amz-checksum-type"),
             header<&Input::object_bytes>("x-amz-mp-object-size", {.min = 0}));
  static constexpr auto output =
      fields(header<&Output::version_id>("x-amz-version-id"), group<&Output::sse>(),
             body<&Output::location>("Location"), body<&Output::bucket>("Bucket"),
             body<&Output::key>("Key"), body<&Output::etag>("ETag"), group<&Output::checksum>());

  static Status validate(const Input& in, const Call&) {
    TRY_OK(in.sse.on_stored());
    return s3::check_write_conditions(in.conditions.conditions());
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return upload_facts(call, in.name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    std::vector<Demand> out{part_demand(in.name, facts)};
    add_condition_demands(out, in.conditions, facts.bucket->value, in.name.at.key);
    return out;
  }
  static Result<s3::CompleteOptions> options_of(const Input& in, BucketPtr bucket) {
    s3::CompleteOptions out{.bucket = std::move(bucket),
                            .key = in.name.at.key,
                            .conditions = in.conditions.conditions()};
    out.checksum = in.checksum.sent();
    if (in.object_bytes) out.object_bytes = static_cast<uint64_t>(*in.object_bytes);
    TRY(out.checksum_type, parse_type(in.checksum_type));
    TRY(out.customer_key, in.sse.on_stored());
    for (const Part& part : in.list.parts) {
      const ChecksumHeaders sent{part.checksum.crc32, part.checksum.crc32c, part.checksum.crc64nvme,
                                 part.checksum.sha1, part.checksum.sha256};
      out.parts.push_back({part.number, part.etag, sent.sent()});
    }
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(s3::Upload upload, upload_of(facts, in->name));
    CO_TRY_OK(check_upload_transport(call, upload));
    CO_TRY(s3::CompleteOptions options, options_of(*in, facts.bucket));
    // A checksum of content that a KMS key protects is told by reads that may use the key.
    const bool kms = upload.record.envelope.algorithm != s3::Algorithm::kAes256;
    CO_TRY(s3::ObjectFacts done, co_await call.services.s3->uploads().complete(
                                     call.caller, std::move(options), std::move(upload)));
    const ObjectName& at = in->name.at;
    Output out{.version_id = shown_version(facts.bucket->value, done.head),
               .sse = sse_answer(done.head.envelope, nullptr).service,
               .location = object_url(call, at.bucket, at.key),
               .bucket = at.bucket,
               .key = at.key,
               .etag = quoted(done.head.etag)};
    if (!kms) show(done.checksum, out.checksum);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, CompleteMultipartUpload);

}  // namespace coffer::api
