// ListObjects is the older list of a bucket's keys: its pages go by a marker that clients can read.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
#include "api/ops/s3/pages.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct ListObjects {
  struct Input {
    ListQuery list;
    std::optional<std::string> marker;
  };
  struct Output {
    std::string name, prefix, marker;
    std::optional<std::string> delimiter, encoding_type, next_marker;
    int64_t max_keys = 0;
    bool is_truncated = false;
    std::vector<ListedObject> contents;
    std::vector<CommonPrefix> common;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "ListObjects",
                               .route = {Method::kGet, Scope::kBucket},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "ListBucketResult"};
  static constexpr auto input = fields(group<&Input::list>(), query<&Input::marker>("marker"));
  static constexpr auto output = fields(
      body<&Output::name>("Name"), body<&Output::prefix>("Prefix"), body<&Output::marker>("Marker"),
      body<&Output::next_marker>("NextMarker"), body<&Output::max_keys>("MaxKeys"),
      body<&Output::delimiter>("Delimiter"), body<&Output::is_truncated>("IsTruncated"),
      body<&Output::encoding_type>("EncodingType"),
      body<&Output::contents>("Contents", {.flattened = true}),
      body<&Output::common>("CommonPrefixes", {.flattened = true}));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket(call, in.list.at);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call&) {
    return list_demands(in.list, bucket->value);
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const ListQuery& list = in->list;
    CO_TRY(const KeyEncoding encode, KeyEncoding::parse(list.encoding_type));
    const Owner owner = owner_of(call, bucket->value.owner);
    s3::ListOptions options{.bucket = std::move(bucket),
                            .prefix = list.prefix.value_or(""),
                            .delimiter = list.delimiter.value_or(""),
                            .after = in->marker.value_or(""),
                            .max = list.max()};
    CO_TRY(s3::Listed page, co_await call.services.s3->listing().list(std::move(options)));
    Output out{.name = list.at.bucket,
               .prefix = encode(list.prefix.value_or("")),
               .marker = encode(in->marker.value_or(""))};
    if (list.delimiter && !list.delimiter->empty()) out.delimiter = encode.if_sent(list.delimiter);
    out.encoding_type = list.encoding_type;
    out.max_keys = static_cast<int64_t>(list.max());
    out.is_truncated = page.truncated;
    // Without a delimiter the client goes on after the last key.
    if (page.truncated && out.delimiter) out.next_marker = encode(page.last);
    out.contents = listed_objects(page, encode, owner);
    out.common = common_prefixes(page.common_prefixes, encode);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, ListObjects);

}  // namespace coffer::api
