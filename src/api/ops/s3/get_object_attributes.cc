// GetObjectAttributes tells what is asked for of an object: ETag, checksum, parts, class, size.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
#include <algorithm>

#include "api/ops/s3/checksums.h"
#include "api/ops/s3/tagging.h"
#include "api/ops/s3/versions.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr int64_t kPartsMax = 1000;
constexpr std::string_view kAttributes = "ETag|Checksum|ObjectParts|StorageClass|ObjectSize";

struct ListedPart {
  int64_t number = 0, size = 0;
  ChecksumElements checksum;
  static constexpr auto shape() {
    return fields(body<&ListedPart::number>("PartNumber"), body<&ListedPart::size>("Size"),
                  group<&ListedPart::checksum>());
  }
};
struct ObjectParts {
  int64_t count = 0;
  std::optional<int64_t> after, next, max_parts;
  std::optional<bool> is_truncated;
  std::vector<ListedPart> parts;
  static constexpr auto shape() {
    using P = ObjectParts;
    return fields(body<&P::count>("PartsCount"), body<&P::after>("PartNumberMarker"),
                  body<&P::next>("NextPartNumberMarker"), body<&P::max_parts>("MaxParts"),
                  body<&P::is_truncated>("IsTruncated"),
                  body<&P::parts>("Part", {.flattened = true}));
  }
};

struct GetObjectAttributes {
  struct Input {
    ObjectName at;
    std::optional<std::string> version_id;
    std::optional<int64_t> max_parts, after;
    std::vector<std::string> attributes;
    SseHeaders sse;
    bool asks(std::string_view name) const {
      return std::find(attributes.begin(), attributes.end(), name) != attributes.end();
    }
  };
  struct Output {
    Timestamp last_modified;
    std::optional<std::string> version_id, etag, storage_class;
    std::optional<ChecksumElements> checksum;
    std::optional<ObjectParts> parts;
    std::optional<int64_t> size;
  };
  using Facts = VersionFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetObjectAttributes",
                               .route = {Method::kGet, Scope::kObject, "attributes"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "GetObjectAttributesResponse"};
  static constexpr auto input =
      fields(group<&Input::at>(), query<&Input::version_id>("versionId"),
             header<&Input::max_parts>("x-amz-max-parts", {.min = 0}),
             header<&Input::after>("x-amz-part-number-marker", {.min = 0}),
             header<&Input::attributes>("x-amz-object-attributes",
                                        {.required = true, .values = kAttributes}),
             group<&Input::sse>());
  static constexpr auto output =
      fields(header<&Output::last_modified>("Last-Modified"),
             header<&Output::version_id>("x-amz-version-id"), body<&Output::etag>("ETag"),
             body<&Output::checksum>("Checksum"), body<&Output::parts>("ObjectParts"),
             body<&Output::storage_class>("StorageClass"), body<&Output::size>("ObjectSize"));

  static Status validate(const Input& in, const Call&) {
    TRY_OK(in.sse.on_stored());
    return check_version_id(in.version_id);
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return version_facts(call, in.at, in.version_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    const Bucket& bucket = facts.bucket->value;
    std::vector<Demand> out{read_demand(bucket, in.at.key, in.version_id)};
    facts.existing.set(out.front());
    Demand& attributes = out.emplace_back(out.front());
    attributes.action += "Attributes";
    if (in.version_id) attributes.action = "s3:GetObjectVersionAttributes";
    out.push_back(may_learn_missing(bucket));
    return out;
  }
  static ObjectParts parts_of(const Input& in, const s3::AttributesAnswer& answer) {
    ObjectParts out{.count = answer.facts.head.parts};
    if (answer.parts.empty()) return out;
    out.after = in.after.value_or(0);
    out.max_parts = std::min(in.max_parts.value_or(kPartsMax), kPartsMax);
    out.next = out.after;
    out.is_truncated = false;
    for (const s3::PartAttributes& part : answer.parts) {
      if (part.number <= *out.after) continue;
      if (static_cast<int64_t>(out.parts.size()) == *out.max_parts) {
        out.is_truncated = true;
        break;
      }
      ListedPart& item = out.parts.emplace_back();
      item.number = part.number;
      item.size = static_cast<int64_t>(part.bytes);
      show(part.checksum, item.checksum, false);
      out.next = item.number;
    }
    return out;
  }
  // A composite value is told without its number of parts here.
  static ChecksumElements checksum_of(s3::StoredChecksum checksum) {
    ChecksumElements out;
    checksum.parts = 0;
    show(checksum, out);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    const BucketPtr bucket = facts.bucket;
    s3::ReadOptions options{.bucket = bucket, .key = in->at.key, .judged = facts.existing.judged};
    CO_TRY(options.version, version_in(bucket->value, in->version_id));
    CO_TRY(options.customer_key, in->sse.on_stored());
    CO_TRY(const s3::AttributesAnswer answer,
           co_await call.services.s3->objects().attributes(
               call.caller, transport_of(call), std::move(options),
               missing_answer(in, call, in->at.key, in->version_id)));
    const s3::Head& head = answer.facts.head;
    Output out{.last_modified = {head.modified_ms}};
    out.version_id = shown_version(bucket->value, head);
    if (in->asks("ETag")) out.etag = head.etag;
    if (in->asks("StorageClass")) out.storage_class = head.storage_class;
    if (in->asks("ObjectSize")) out.size = static_cast<int64_t>(head.bytes);
    if (in->asks("Checksum") && answer.facts.checksum)
      out.checksum = checksum_of(*answer.facts.checksum);
    if (in->asks("ObjectParts") && head.parts > 0) out.parts = parts_of(*in, answer);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, GetObjectAttributes);

}  // namespace coffer::api
