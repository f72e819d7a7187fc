#pragma once
// What the operations on a bucket's configurations share.
#include "api/ops/s3/common.h"
#include "s3/bucket/configuration.h"

namespace coffer::api::s3_ops {

constexpr OpSpec bucket_read(std::string_view name, std::string_view query, std::string_view root) {
  return {.service = Service::kS3,
          .name = name,
          .route = {Method::kGet, Scope::kBucket, query},
          .read_only = true,
          .output_root = root};
}
constexpr OpSpec bucket_put(std::string_view name, std::string_view query) {
  return {.service = Service::kS3,
          .name = name,
          .route = {Method::kPut, Scope::kBucket, query},
          .checksum_required = true};
}
constexpr OpSpec bucket_delete(std::string_view name, std::string_view query) {
  return {.service = Service::kS3,
          .name = name,
          .route = {Method::kDelete, Scope::kBucket, query},
          .status_ok = 204};
}

// OnBucket is what operations that ask for one right on a bucket have in common; Op says kAction.
template <class Op, class In = BucketName>
struct OnBucket {
  using Input = In;
  using Facts = BucketPtr;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    if constexpr (requires { in.at; })
      co_return find_bucket(call, in.at);
    else
      co_return find_bucket(call, in);
  }
  static std::vector<Demand> demands(const Input&, const Facts& bucket, const Call&) {
    return {on_bucket(bucket->value, std::string(Op::kAction))};
  }
};

// change_configurations commits what `edit` makes of the bucket's configurations; its error is the
// answer.
inline Task<Status> change_configurations(Call& call, BucketPtr bucket,
                                          std::function<Status(s3::Configurations&)> edit) {
  const auto change = [edit = std::move(edit)](Bucket& changed) {
    Status done = ok_status();
    s3::configure(changed, [&](s3::Configurations& c) { done = edit(c); });
    return done;
  };
  co_return co_await call.services.s3->buckets().change(bucket->value.name, bucket->value.instance,
                                                        change, call.draft);
}

}  // namespace coffer::api::s3_ops
