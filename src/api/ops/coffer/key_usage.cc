// KeyUsage tells what a KMS key protects: how many objects, how many bytes, in which buckets. It is
// what to ask before a key is disabled or its deletion scheduled. Beside it, how many calls of the
// key service each bucket's Bucket Key saved since the server was started.
#include "api/ops/coffer/operator.h"
#include "base/arn.h"
#include "kms/avoided_calls.h"
#include "kms/key_service.h"
#include "s3/s3.h"

namespace coffer::api {
namespace {

struct BucketUsage {
  std::string bucket;
  int64_t objects = 0, bytes = 0;
  static constexpr auto shape() {
    return fields(body<&BucketUsage::bucket>("Bucket"), body<&BucketUsage::objects>("Objects"),
                  body<&BucketUsage::bytes>("Bytes"));
  }
};

struct AvoidedView {
  std::string bucket;
  int64_t calls = 0;
  static constexpr auto shape() {
    return fields(body<&AvoidedView::bucket>("BucketArn"), body<&AvoidedView::calls>("Calls"));
  }
};

struct KeyUsage {
  struct Input {
    std::string key_id;  // an ARN; or an ID or alias of the first account's in this Region
  };
  struct Output {
    std::string key_arn;
    int64_t objects = 0, bytes = 0;
    std::vector<BucketUsage> buckets;
    std::vector<AvoidedView> avoided;
  };

  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "KeyUsage", .read_only = true};
  static constexpr auto input = fields(body<&Input::key_id>("KeyId"));
  static constexpr auto output =
      fields(body<&Output::key_arn>("KeyArn"), body<&Output::objects>("Objects"),
             body<&Output::bytes>("Bytes"), body<&Output::buckets>("Buckets"),
             body<&Output::avoided>("CallsAvoided"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return coffer_ops::operator_demand(call, "KeyUsage");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    authz::RequestContext owner;
    owner.principal = authz::Principal::root(call.services.first_account);
    owner.region = call.services.region;
    Output out{.key_arn = call.services.kms->effective_arn(owner, in->key_id)};
    const auto arn = Arn::parse(out.key_arn);
    if (in->key_id.empty() || !arn || !arn->resource.starts_with("key/"))
      co_return Error{"NotFoundException", fmt::format("Invalid keyId '{}'", in->key_id)};
    CO_TRY(const s3::KeyUsage usage, co_await call.services.s3->key_usage(out.key_arn));
    for (const auto& [bucket, objects, bytes] : usage.buckets) {
      out.objects += objects;
      out.bytes += bytes;
      out.buckets.push_back({bucket, objects, bytes});
    }
    for (auto& figure : kms::AvoidedCalls::process().of_key(out.key_arn))
      out.avoided.push_back({std::move(figure.bucket_arn), figure.calls});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(coffer, KeyUsage);

}  // namespace coffer::api
