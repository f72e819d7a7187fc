#include "jobs/trail_delivery.h"

#include "base/counters.h"
#include "base/encoding.h"
#include "base/log.h"

namespace coffer::jobs {
namespace {

constexpr int kParcelsMax = 1000;  // of one trail in one go
constexpr std::string_view kService = "cloudtrail.amazonaws.com";

net::Request put_request(const audit::Parcel& parcel) {
  net::Request out;
  out.method = "PUT";
  out.target = fmt::format("/{}/{}", parcel.bucket, url_encode(parcel.object, true));
  out.headers.add("Host", "localhost");
  out.headers.add("User-Agent", std::string(kService));
  out.headers.add("Content-Length", std::to_string(parcel.body.size()));
  out.headers.add("Content-Type", "application/json");
  out.headers.add("Content-Encoding", "gzip");
  out.headers.add("x-amz-acl", "bucket-owner-full-control");
  if (parcel.digest()) {
    out.headers.add("x-amz-server-side-encryption", "AES256");
    out.headers.add("x-amz-meta-signature", parcel.signature);
    out.headers.add("x-amz-meta-signature-algorithm", "SHA256withRSA");
  } else if (!parcel.kms_key.empty()) {
    out.headers.add("x-amz-server-side-encryption", "aws:kms");
    out.headers.add("x-amz-server-side-encryption-aws-kms-key-id", parcel.kms_key);
    out.headers.add("x-amz-server-side-encryption-context",
                    base64(fmt::format(R"({{"aws:cloudtrail:arn":"{}"}})", parcel.trail_arn)));
  }
  return out;
}

}  // namespace

TrailDelivery::TrailDelivery(api::Dispatcher& dispatcher, audit::Trails& trails)
    : dispatcher_(dispatcher),
      trails_(trails),
      files_(Counters::process().at("trail_files_delivered_total")),
      failures_(Counters::process().at("trail_delivery_failures_total")) {}

Task<Status> TrailDelivery::put(const audit::Parcel& parcel) {
  api::Dispatcher::Conditions on_behalf{{"aws:SourceArn", parcel.trail_arn},
                                        {"aws:SourceAccount", parcel.account}};
  auto answer =
      co_await dispatcher_.call_as(authz::Principal::service(std::string(kService)),
                                   put_request(parcel), parcel.body, std::move(on_behalf));
  if (!answer.ok()) co_return std::move(answer.error());
  co_return ok_status();
}

Task<Status> TrailDelivery::deliver(std::string account, std::string trail, bool urgent) {
  auto turn = co_await trails_.delivery_turn(account, trail);
  for (int i = 0; i < kParcelsMax; ++i) {
    CO_TRY(auto next, co_await trails_.next(account, trail, urgent));
    if (!next) break;
    if (Status done = co_await put(*next); !done.ok()) {
      failures_.fetch_add(1, std::memory_order_relaxed);
      log::warn("trail.not_delivered", {{"trail", next->trail_arn},
                                        {"object", next->object},
                                        {"code", done.error().code},
                                        {"message", done.error().message}});
      CO_TRY_OK(co_await trails_.failed(std::move(*next), done.error().code));
      co_return std::move(done.error());
    }
    files_.fetch_add(1, std::memory_order_relaxed);
    urgent = urgent || !next->digest();  // one file is due: what came since goes along
    CO_TRY_OK(co_await trails_.delivered(std::move(*next)));
  }
  co_return ok_status();
}

Task<Unit> TrailDelivery::round() {
  for (const audit::TrailPtr& trail : trails_.all()) {
    const Status done = co_await deliver(trail->config.account, trail->config.name, false);
    if (!done.ok())
      log::debug("trail.round", {{"trail", trail->config.name}, {"code", done.error().code}});
  }
  co_return Unit{};
}

}  // namespace coffer::jobs
