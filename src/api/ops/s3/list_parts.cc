// ListParts lists the parts of an upload by number. Under SSE-KMS the caller needs the key.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
#include "api/ops/s3/pages.h"
#include "api/ops/s3/upload_target.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr int64_t kPageMax = 1000;

struct ListedPart {
  int64_t number = 0, size = 0;
  Timestamp last_modified;
  std::string etag;
  ChecksumElements checksum;
  static constexpr auto shape() {
    return fields(body<&ListedPart::number>("PartNumber"),
                  body<&ListedPart::last_modified>("LastModified"), body<&ListedPart::etag>("ETag"),
                  body<&ListedPart::size>("Size"), group<&ListedPart::checksum>());
  }
};

struct ListParts {
  struct Input {
    UploadName name;
    std::optional<int64_t> max_parts, after;
    SseHeaders sse;
  };
  struct Output {
    std::string bucket, key, upload_id, storage_class;
    int64_t after = 0, next = 0, max_parts = 0;
    bool is_truncated = false;
    Initiator initiator;
    Owner owner;
    std::optional<std::string> checksum_algorithm, checksum_type;
    std::vector<ListedPart> parts;
  };
  using Facts = UploadFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "ListParts",
                               .route = {Method::kGet, Scope::kObject, "uploadId"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "ListPartsResult"};
  static constexpr auto input =
      fields(group<&Input::name>(), query<&Input::max_parts>("max-parts", {.min = 0}),
             query<&Input::after>("part-number-marker", {.min = 0}), group<&Input::sse>());
  static constexpr auto output =
      fields(body<&Output::bucket>("Bucket"), body<&Output::key>("Key"),
             body<&Output::upload_id>("UploadId"), body<&Output::initiator>("Initiator"),
             body<&Output::owner>("Owner"), body<&Output::storage_class>("StorageClass"),
             body<&Output::after>("PartNumberMarker"), body<&Output::next>("NextPartNumberMarker"),
             body<&Output::max_parts>("MaxParts"), body<&Output::is_truncated>("IsTruncated"),
             body<&Output::checksum_algorithm>("ChecksumAlgorithm"),
             body<&Output::checksum_type>("ChecksumType"),
             body<&Output::parts>("Part", {.flattened = true}));

  static Status validate(const Input& in, const Call&) {
    TRY_OK(in.sse.on_stored());
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return upload_facts(call, in.name);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    return {on_object(facts.bucket->value, in.name.at.key, "s3:ListMultipartUploadParts")};
  }
  static Output begin(const Input& in, const Bucket& bucket, const s3::UploadRecord& record,
                      const Call& call) {
    const ObjectName& at = in.name.at;
    Output out{.bucket = at.bucket,
               .key = at.key,
               .upload_id = in.name.upload_id,
               .storage_class = record.storage_class};
    out.owner = owner_of(call, bucket.owner);
    out.initiator = {record.initiator_arn, record.initiator_id};
    out.after = in.after.value_or(0);
    out.max_parts = std::min(in.max_parts.value_or(kPageMax), kPageMax);
    if (record.checksum_algorithm) {
      out.checksum_algorithm = crypto::checksum_name(*record.checksum_algorithm);
      out.checksum_type = type_name(record.checksum_type);
    }
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(s3::Upload upload, upload_of(facts, in->name));
    CO_TRY_OK(check_upload_transport(call, upload));
    Output out = begin(*in, facts.bucket->value, upload.record, call);
    const auto after = static_cast<uint32_t>(std::min<int64_t>(out.after, s3::kPartNumberMax));
    CO_TRY(auto customer_key, in->sse.on_stored());
    CO_TRY(auto page, co_await call.services.s3->uploads().list(
                          call.caller, facts.bucket, in->name.at.key, std::move(upload), after,
                          static_cast<uint32_t>(out.max_parts), std::move(customer_key)));
    out.is_truncated = page.truncated;
    for (const s3::PartFacts& part : page.parts) {
      ListedPart& item = out.parts.emplace_back();
      item.number = out.next = part.number;
      item.size = static_cast<int64_t>(part.bytes);
      item.last_modified = {part.modified_ms};
      item.etag = quoted(part.etag);
      show(part.checksum, item.checksum, false);
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, ListParts);

}  // namespace coffer::api
