// ListMultipartUploads lists the uploads under way in a bucket by key. In directory buckets one
// marker, which says nothing to the client, tells both key and upload.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
#include "api/ops/s3/checksums.h"
#include "api/ops/s3/directory_listing.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr int64_t kPageMax = 1000;

struct ListedUpload {
  std::string key, upload_id, storage_class;
  Timestamp initiated;
  Owner owner;
  Initiator initiator;
  std::optional<std::string> checksum_algorithm, checksum_type;
  static constexpr auto shape() {
    using U = ListedUpload;
    return fields(body<&U::key>("Key"), body<&U::upload_id>("UploadId"),
                  body<&U::initiator>("Initiator"), body<&U::owner>("Owner"),
                  body<&U::storage_class>("StorageClass"), body<&U::initiated>("Initiated"),
                  body<&U::checksum_algorithm>("ChecksumAlgorithm"),
                  body<&U::checksum_type>("ChecksumType"));
  }
};

struct ListMultipartUploads {
  struct Input {
    BucketName at;
    std::optional<std::string> prefix, delimiter, encoding_type, key_marker, upload_id_marker;
    std::optional<int64_t> max_uploads;
  };
  struct Output {
    std::string bucket, key_marker, upload_id_marker, prefix;
    std::optional<std::string> next_key, next_id, delimiter, encoding_type;
    int64_t max_uploads = 0;
    bool is_truncated = false;
    std::vector<ListedUpload> uploads;
    std::vector<CommonPrefix> common;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "ListMultipartUploads",
                               .route = {Method::kGet, Scope::kBucket, "uploads"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "ListMultipartUploadsResult"};
  static constexpr auto input = fields(
      group<&Input::at>(), query<&Input::prefix>("prefix"), query<&Input::delimiter>("delimiter"),
      query<&Input::encoding_type>("encoding-type"), query<&Input::key_marker>("key-marker"),
      query<&Input::upload_id_marker>("upload-id-marker"),
      query<&Input::max_uploads>("max-uploads", {.min = 0}));
  static constexpr auto output = fields(
      body<&Output::bucket>("Bucket"), body<&Output::key_marker>("KeyMarker"),
      body<&Output::upload_id_marker>("UploadIdMarker"), body<&Output::next_key>("NextKeyMarker"),
      body<&Output::next_id>("NextUploadIdMarker"), body<&Output::prefix>("Prefix"),
      body<&Output::delimiter>("Delimiter"), body<&Output::encoding_type>("EncodingType"),
      body<&Output::max_uploads>("MaxUploads"), body<&Output::is_truncated>("IsTruncated"),
      body<&Output::uploads>("Upload", {.flattened = true}),
      body<&Output::common>("CommonPrefixes", {.flattened = true}));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket(call, in.at);
  }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, "s3:ListBucketMultipartUploads")};
  }
  static Status validate(const Input& in, const Call&) {
    if (s3::kind_of_name(in.at.bucket) == s3::BucketKind::kGeneralPurpose) return ok_status();
    if (in.upload_id_marker && !in.upload_id_marker->empty())
      return Error{"InvalidRequest", "This bucket does not support UploadIdMarker."};
    return check_directory_listing(in.prefix, in.delimiter);
  }
  // after_marker sets where the page begins. Error: InvalidArgument.
  static Status after_marker(const Input& in, s3::BucketKind kind, s3::UploadQuery& query) {
    if (kind == s3::BucketKind::kGeneralPurpose) {
      query.after_key = in.key_marker.value_or("");
      if (in.key_marker) query.after_id = in.upload_id_marker.value_or("");  // alone: nothing
      return ok_status();
    }
    if (!in.key_marker || in.key_marker->empty()) return ok_status();
    TRY(const std::string both, parse_token(in.key_marker, "key-marker"));
    const size_t nul = std::min(both.find('\0'), both.size());
    query.after_key = both.substr(0, nul);
    if (nul < both.size()) query.after_id = both.substr(nul + 1);
    return ok_status();
  }
  static ListedUpload listed(const s3::UploadPage::Item& item, const KeyEncoding& encode,
                             const Owner& owner) {
    const s3::UploadRecord& record = item.upload.record;
    ListedUpload out{.key = encode(item.key),
                     .upload_id = item.upload.id,
                     .storage_class = record.storage_class};
    out.initiated = {record.initiated_ms};
    out.owner = owner;
    out.initiator = {record.initiator_arn, record.initiator_id};
    if (record.checksum_algorithm) {
      out.checksum_algorithm = crypto::checksum_name(*record.checksum_algorithm);
      out.checksum_type = type_name(record.checksum_type);
    }
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY(const KeyEncoding encode, KeyEncoding::parse(in->encoding_type));
    const Owner owner = owner_of(call, bucket->value.owner);
    Output out{.bucket = in->at.bucket, .key_marker = encode(in->key_marker.value_or(""))};
    out.upload_id_marker = in->upload_id_marker.value_or("");
    out.prefix = encode(in->prefix.value_or(""));
    if (in->delimiter && !in->delimiter->empty()) out.delimiter = encode.if_sent(in->delimiter);
    out.encoding_type = in->encoding_type;
    out.max_uploads = std::min(in->max_uploads.value_or(kPageMax), kPageMax);
    s3::UploadQuery query{.bucket = std::move(bucket),
                          .prefix = in->prefix.value_or(""),
                          .delimiter = in->delimiter.value_or(""),
                          .max = static_cast<size_t>(out.max_uploads)};
    const s3::BucketKind kind = query.bucket->value.kind;
    CO_TRY_OK(after_marker(*in, kind, query));
    CO_TRY(s3::UploadPage page,
           co_await call.services.s3->uploads().list_uploads(std::move(query)));
    out.is_truncated = page.truncated;
    if (page.truncated && kind == s3::BucketKind::kDirectory) {
      out.next_key = make_token(page.last_key + '\0' + page.last_id);
    } else if (page.truncated) {
      out.next_key = encode(page.last_key);
      out.next_id = page.last_id;
    }
    for (const auto& item : page.items) out.uploads.push_back(listed(item, encode, owner));
    out.common = common_prefixes(page.common_prefixes, encode);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, ListMultipartUploads);

}  // namespace coffer::api
