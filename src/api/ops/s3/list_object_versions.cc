// ListObjectVersions lists all versions and delete markers of a bucket: keys in the order of their
// bytes, the newest of each first. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
#include "api/ops/s3/checksums.h"
#include "api/ops/s3/pages.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct ListedVersion {
  std::string key, version_id, etag, storage_class;
  bool is_latest = false;
  Timestamp last_modified;
  std::vector<std::string> checksum_algorithms;
  std::optional<std::string> checksum_type;
  int64_t size = 0;
  Owner owner;
  static constexpr auto shape() {
    using V = ListedVersion;
    return fields(body<&V::etag>("ETag"),
                  body<&V::checksum_algorithms>("ChecksumAlgorithm", {.flattened = true}),
                  body<&V::checksum_type>("ChecksumType"), body<&V::size>("Size"),
                  body<&V::storage_class>("StorageClass"), body<&V::key>("Key"),
                  body<&V::version_id>("VersionId"), body<&V::is_latest>("IsLatest"),
                  body<&V::last_modified>("LastModified"), body<&V::owner>("Owner"));
  }
};

struct ListedMarker {
  Owner owner;
  std::string key, version_id;
  bool is_latest = false;
  Timestamp last_modified;
  static constexpr auto shape() {
    using M = ListedMarker;
    return fields(body<&M::owner>("Owner"), body<&M::key>("Key"), body<&M::version_id>("VersionId"),
                  body<&M::is_latest>("IsLatest"), body<&M::last_modified>("LastModified"));
  }
};

struct ListObjectVersions {
  struct Input {
    ListQuery list;
    std::optional<std::string> key_marker, version_id_marker;
  };
  struct Output {
    std::string name, prefix, key_marker, version_id_marker;
    std::optional<std::string> next_key, next_version_id, delimiter, encoding_type;
    int64_t max_keys = 0;
    bool is_truncated = false;
    std::vector<ListedVersion> versions;
    std::vector<ListedMarker> markers;
    std::vector<CommonPrefix> common;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "ListObjectVersions",
                               .route = {Method::kGet, Scope::kBucket, "versions"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "ListVersionsResult"};
  static constexpr auto input =
      fields(group<&Input::list>(), query<&Input::key_marker>("key-marker"),
             query<&Input::version_id_marker>("version-id-marker"));
  static constexpr auto output = fields(
      body<&Output::name>("Name"), body<&Output::prefix>("Prefix"),
      body<&Output::key_marker>("KeyMarker"), body<&Output::version_id_marker>("VersionIdMarker"),
      body<&Output::next_key>("NextKeyMarker"),
      body<&Output::next_version_id>("NextVersionIdMarker"), body<&Output::max_keys>("MaxKeys"),
      body<&Output::delimiter>("Delimiter"), body<&Output::encoding_type>("EncodingType"),
      body<&Output::is_truncated>("IsTruncated"),
      body<&Output::versions>("Version", {.flattened = true}),
      body<&Output::markers>("DeleteMarker", {.flattened = true}),
      body<&Output::common>("CommonPrefixes", {.flattened = true}));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket(call, in.list.at);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call&) {
    return list_demands(in.list, bucket->value, "s3:ListBucketVersions");
  }
  // version_marker: an empty one means nothing. Errors: InvalidArgument.
  static Result<std::optional<s3::VersionId>> version_marker(const Input& in) {
    if (!in.version_id_marker || in.version_id_marker->empty())
      return std::optional<s3::VersionId>();
    if (!in.key_marker || in.key_marker->empty())
      return s3::invalid_argument("A version-id marker cannot be specified without a key marker.",
                                  "version-id-marker", *in.version_id_marker);
    auto id = s3::parse_version_id(*in.version_id_marker);
    if (!id)
      return s3::invalid_argument("Invalid version id specified", "version-id-marker",
                                  *in.version_id_marker);
    return std::optional<s3::VersionId>(*id);
  }
  static ListedVersion listed(const s3::ListedVersions::Item& item, const KeyEncoding& encode,
                              const Owner& owner) {
    const s3::Head& head = item.head;
    ListedVersion out{.key = encode(item.key),
                      .version_id = s3::version_text(head),
                      .etag = quoted(head.etag),
                      .storage_class = head.storage_class,
                      .is_latest = item.latest,
                      .last_modified = {head.modified_ms}};
    if (head.checksum) {
      out.checksum_algorithms.emplace_back(crypto::checksum_name(head.checksum->algorithm));
      out.checksum_type = type_name(head.checksum->type);
    }
    out.size = static_cast<int64_t>(head.bytes);
    out.owner = owner;
    return out;
  }
  static void show_items(const s3::ListedVersions& page, const KeyEncoding& encode,
                         const Owner& owner, Output& out) {
    for (const auto& item : page.items) {
      if (!item.head.delete_marker) {
        out.versions.push_back(listed(item, encode, owner));
        continue;
      }
      out.markers.push_back({.owner = owner,
                             .key = encode(item.key),
                             .version_id = s3::version_text(item.head),
                             .is_latest = item.latest,
                             .last_modified = {item.head.modified_ms}});
    }
    out.common = common_prefixes(page.common_prefixes, encode);
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const ListQuery& list = in->list;
    CO_TRY(const KeyEncoding encode, KeyEncoding::parse(list.encoding_type));
    CO_TRY(const auto after, version_marker(*in));
    const Owner owner = owner_of(call, bucket->value.owner);
    s3::VersionQuery query{.bucket = std::move(bucket),
                           .prefix = list.prefix.value_or(""),
                           .delimiter = list.delimiter.value_or(""),
                           .after_key = in->key_marker.value_or(""),
                           .after = after,
                           .max = list.max()};
    CO_TRY(const s3::ListedVersions page,
           co_await call.services.s3->listing().list_versions(std::move(query)));
    Output out{.name = list.at.bucket,
               .prefix = encode(list.prefix.value_or("")),
               .key_marker = encode(in->key_marker.value_or("")),
               .version_id_marker = in->version_id_marker.value_or("")};
    if (list.delimiter && !list.delimiter->empty()) out.delimiter = encode.if_sent(list.delimiter);
    out.encoding_type = list.encoding_type;
    out.max_keys = static_cast<int64_t>(list.max());
    out.is_truncated = page.truncated;
    if (page.truncated) out.next_key = encode(page.last_key);
    if (page.truncated && !page.last_version.empty()) out.next_version_id = page.last_version;
    show_items(page, encode, owner, out);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, ListObjectVersions);

}  // namespace coffer::api
