// ListDirectoryBuckets lists the caller's account's directory buckets by name.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListDirectoryBuckets.html
#include "api/ops/s3/pages.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr int64_t kPageMax = 1000;

struct ListDirectoryBuckets {
  struct Input {
    std::optional<std::string> continuation_token;
    std::optional<int64_t> max_buckets;
  };
  struct Item {
    std::string name, arn;
    Timestamp created;
    static constexpr auto shape() {
      return fields(body<&Item::name>("Name"), body<&Item::created>("CreationDate"),
                    body<&Item::arn>("BucketArn"));
    }
  };
  struct Output {
    std::vector<Item> buckets;
    std::optional<std::string> continuation_token;
  };

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "ListDirectoryBuckets",
                               .route = {Method::kGet, Scope::kService},
                               .read_only = true,
                               .output_root = "ListAllMyDirectoryBucketsResult"};
  static constexpr auto input =
      fields(query<&Input::continuation_token>("continuation-token"),
             query<&Input::max_buckets>("max-directory-buckets", {.min = 0, .max = kPageMax}));
  static constexpr auto output = fields(body<&Output::buckets>("Buckets", {.member = "Bucket"}),
                                        body<&Output::continuation_token>("ContinuationToken"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    Demand demand;
    demand.action = "s3express:ListAllMyDirectoryBuckets";
    demand.resource = "*";
    demand.resource_account = call.caller.principal.account;
    return {std::move(demand)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    CO_TRY(const std::string after, parse_token(in->continuation_token, "continuation-token"));
    // None asked for is (unverified) as many as there are.
    const int64_t asked = in->max_buckets.value_or(kPageMax);
    const size_t max = static_cast<size_t>(asked == 0 ? kPageMax : asked);
    Output out;
    for (const BucketPtr& bucket :
         call.services.s3->buckets().list(call.caller.principal.account)) {
      const Bucket& b = bucket->value;
      if (b.kind != s3::BucketKind::kDirectory || b.name <= after) continue;
      if (out.buckets.size() == max) {
        out.continuation_token = make_token(out.buckets.back().name);
        break;
      }
      out.buckets.push_back({.name = b.name, .arn = b.arn(), .created = {b.created_ms}});
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, ListDirectoryBuckets);

}  // namespace coffer::api
