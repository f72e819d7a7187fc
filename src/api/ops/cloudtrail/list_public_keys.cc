// ListPublicKeys lists the keys whose signatures may be on digests of the time range.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct PublicKeyEntity {
  protocol::Blob value;
  Timestamp begins, ends;
  std::string fingerprint;
  static constexpr auto shape() {
    using K = PublicKeyEntity;
    return fields(body<&K::value>("Value"), body<&K::begins>("ValidityStartTime"),
                  body<&K::ends>("ValidityEndTime"), body<&K::fingerprint>("Fingerprint"));
  }
};

struct ListPublicKeys {
  struct Input {
    std::optional<Timestamp> start, end;
    std::optional<std::string> next_token;  // of no use: keys live for ten years
  };
  struct Output {
    std::vector<PublicKeyEntity> keys;
  };

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "ListPublicKeys", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::start>("StartTime"), body<&Input::end>("EndTime"),
             body<&Input::next_token>("NextToken"));
  static constexpr auto output = fields(body<&Output::keys>("PublicKeyList"));

  static Status validate(const Input& in, Call& call) {
    if (in.start) note(call, "startTime", shown_time(in.start->ms));
    if (in.end) note(call, "endTime", shown_time(in.end->ms));
    if (in.start && in.end && in.start->ms > in.end->ms)
      return Error{"InvalidTimeRangeException", "The start time must occur before the end time."};
    return ok_status();
  }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "ListPublicKeys");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    const UnixMs now = call.caller.now_ms;
    const UnixMs from = in->start ? in->start->ms : now, to = in->end ? in->end->ms : now;
    Output out;
    for (const audit::PublicKey& key : call.services.trails->signers().public_keys())
      if (key.begins_ms <= to && key.ends_ms >= from)
        out.keys.push_back({{key.der}, {key.begins_ms}, {key.ends_ms}, key.fingerprint});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, ListPublicKeys);

}  // namespace coffer::api
