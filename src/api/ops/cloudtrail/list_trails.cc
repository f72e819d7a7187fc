// ListTrails lists the trails of the account.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTrails.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct TrailInfo {
  std::string arn, name, home_region;
  static constexpr auto shape() {
    return fields(body<&TrailInfo::arn>("TrailARN"), body<&TrailInfo::name>("Name"),
                  body<&TrailInfo::home_region>("HomeRegion"));
  }
};

struct ListTrails {
  struct Input {
    std::optional<std::string> next_token;  // of no use: there are at most five trails
  };
  struct Output {
    std::vector<TrailInfo> trails;
  };

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "ListTrails", .read_only = true};
  static constexpr auto input = fields(body<&Input::next_token>("NextToken"));
  static constexpr auto output = fields(body<&Output::trails>("Trails"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "ListTrails");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    Output out;
    for (const TrailPtr& trail : call.services.trails->list(call.caller.principal.account))
      out.trails.push_back({trail->config.arn(), trail->config.name, trail->config.region});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, ListTrails);

}  // namespace coffer::api
