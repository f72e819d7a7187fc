// ListObjectsV2 lists up to 1,000 keys and common prefixes in the order of their bytes, directory
// buckets' too.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
#include "api/ops/s3/directory_listing.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct ListObjectsV2 {
  struct Input {
    ListQuery list;
    std::optional<std::string> start_after, continuation_token;
    std::optional<bool> fetch_owner;
  };
  struct Output {
    std::string name, prefix;
    std::optional<std::string> delimiter, encoding_type, start_after, continuation_token,
        next_token;
    int64_t max_keys = 0, key_count = 0;
    bool is_truncated = false;
    std::vector<ListedObject> contents;
    std::vector<CommonPrefix> common;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "ListObjectsV2",
                               .route = {Method::kGet, Scope::kBucket, "list-type=2"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "ListBucketResult",
                               .event_name = "ListObjects"};
  static constexpr auto input =
      fields(group<&Input::list>(), query<&Input::start_after>("start-after"),
             query<&Input::continuation_token>("continuation-token"),
             query<&Input::fetch_owner>("fetch-owner"));
  static constexpr auto output = fields(
      body<&Output::name>("Name"), body<&Output::prefix>("Prefix"),
      body<&Output::start_after>("StartAfter"),
      body<&Output::continuation_token>("ContinuationToken"),
      body<&Output::next_token>("NextContinuationToken"), body<&Output::key_count>("KeyCount"),
      body<&Output::max_keys>("MaxKeys"), body<&Output::delimiter>("Delimiter"),
      body<&Output::is_truncated>("IsTruncated"), body<&Output::encoding_type>("EncodingType"),
      body<&Output::contents>("Contents", {.flattened = true}),
      body<&Output::common>("CommonPrefixes", {.flattened = true}));

  static Status validate(const Input& in, const Call&) {
    if (s3::kind_of_name(in.list.at.bucket) == s3::BucketKind::kGeneralPurpose) return ok_status();
    if (in.start_after && !in.start_after->empty())
      return Error{"InvalidRequest", "This bucket does not support StartAfter."};
    return check_directory_listing(in.list.prefix, in.list.delimiter);
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket(call, in.list.at);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call&) {
    return list_demands(in.list, bucket->value);
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const ListQuery& list = in->list;
    CO_TRY(const KeyEncoding encode, KeyEncoding::parse(list.encoding_type));
    CO_TRY(std::string after, parse_token(in->continuation_token, "continuation-token"));
    if (!in->continuation_token) after = in->start_after.value_or("");
    std::optional<Owner> owner;
    if (in->fetch_owner.value_or(false)) owner = owner_of(call, bucket->value.owner);
    s3::ListOptions options{.bucket = std::move(bucket),
                            .prefix = list.prefix.value_or(""),
                            .delimiter = list.delimiter.value_or(""),
                            .after = std::move(after),
                            .max = list.max()};
    CO_TRY(s3::Listed page, co_await call.services.s3->listing().list(options));
    if (options.bucket->value.kind == s3::BucketKind::kDirectory) {
      CO_TRY(page, co_await add_upload_prefixes(call, std::move(options), std::move(page)));
    }
    Output out{.name = list.at.bucket, .prefix = encode(list.prefix.value_or(""))};
    if (list.delimiter && !list.delimiter->empty()) out.delimiter = encode.if_sent(list.delimiter);
    out.encoding_type = list.encoding_type;
    out.start_after = encode.if_sent(in->start_after);
    out.continuation_token = in->continuation_token;
    out.max_keys = static_cast<int64_t>(list.max());
    out.key_count = static_cast<int64_t>(page.items.size() + page.common_prefixes.size());
    out.is_truncated = page.truncated;
    if (page.truncated) out.next_token = make_token(page.last);
    out.contents = listed_objects(page, encode, owner);
    out.common = common_prefixes(page.common_prefixes, encode);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, ListObjectsV2);

}  // namespace coffer::api
