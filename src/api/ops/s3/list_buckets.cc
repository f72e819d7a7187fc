// ListBuckets lists the caller's account's buckets by name.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
#include "api/ops/s3/common.h"
#include "api/ops/s3/pages.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct ListBuckets {
  struct Input {
    std::optional<std::string> prefix, continuation_token, bucket_region;
    std::optional<int64_t> max_buckets;
  };
  struct Item {
    std::string name;
    Timestamp created;
    std::optional<std::string> region, arn;
    static constexpr auto shape() {
      return fields(body<&Item::name>("Name"), body<&Item::created>("CreationDate"),
                    body<&Item::region>("BucketRegion"), body<&Item::arn>("BucketArn"));
    }
  };
  struct Output {
    Owner owner;
    std::vector<Item> buckets;
    std::optional<std::string> continuation_token, prefix;
  };

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "ListBuckets",
                               .route = {Method::kGet, Scope::kService},
                               .read_only = true,
                               .output_root = "ListAllMyBucketsResult"};
  static constexpr auto input = fields(
      query<&Input::prefix>("prefix"), query<&Input::continuation_token>("continuation-token"),
      query<&Input::bucket_region>("bucket-region"),
      query<&Input::max_buckets>("max-buckets", {.min = 1, .max = 10000}));
  static constexpr auto output = fields(
      body<&Output::owner>("Owner"), body<&Output::buckets>("Buckets", {.member = "Bucket"}),
      body<&Output::continuation_token>("ContinuationToken"), body<&Output::prefix>("Prefix"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    Demand demand;
    demand.action = "s3:ListAllMyBuckets";
    demand.resource = "*";
    demand.resource_account = call.caller.principal.account;
    return {std::move(demand)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const std::string after, parse_token(in->continuation_token, "continuation-token"));
    const size_t max = static_cast<size_t>(in->max_buckets.value_or(10000));
    const bool detailed =
        in->prefix || in->continuation_token || in->bucket_region || in->max_buckets;
    const std::string& account = call.caller.principal.account;
    Output out{.owner = owner_of(call, account), .prefix = in->prefix};
    for (const BucketPtr& bucket : call.services.s3->buckets().list(account)) {
      const Bucket& b = bucket->value;
      if (b.kind != s3::BucketKind::kGeneralPurpose || b.name <= after ||
          !b.name.starts_with(in->prefix.value_or("")))
        continue;
      if (in->bucket_region && b.region != *in->bucket_region) continue;
      if (out.buckets.size() == max) {
        out.continuation_token = make_token(out.buckets.back().name);
        break;
      }
      out.buckets.push_back({.name = b.name, .created = {b.created_ms}});
      if (detailed) out.buckets.back().region = b.region;
      if (detailed) out.buckets.back().arn = b.arn();
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, ListBuckets);

}  // namespace coffer::api
