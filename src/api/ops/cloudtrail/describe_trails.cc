// DescribeTrails shows all trails of the account, or those named; who names one that is not there
// gets the others. Source of that: observed answers. Source:
// docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DescribeTrails.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct DescribeTrails {
  struct Input {
    std::optional<std::vector<std::string>> names;
    std::optional<bool> shadow_trails;  // there are none: one Region a server
  };
  struct Output {
    std::vector<TrailEntity> trails;
  };

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "DescribeTrails", .read_only = true};
  static constexpr auto input = fields(body<&Input::names>("trailNameList"),
                                       body<&Input::shadow_trails>("includeShadowTrails"));
  static constexpr auto output = fields(body<&Output::trails>("trailList"));

  static Status validate(const Input& in, Call& call) {
    if (in.names) {
      std::string list;
      for (const std::string& name : *in.names) list += (list.empty() ? "" : ",") + json_text(name);
      note_json(call, "trailNameList", "[" + list + "]");
    }
    note_flag(call, "includeShadowTrails", in.shadow_trails);
    for (const std::string& name : in.names.value_or(std::vector<std::string>()))
      if (auto known = name_of(call, name);
          !known.ok() && known.error().code != "TrailNotFoundException")
        return std::move(known.error());
    return ok_status();
  }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "DescribeTrails");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Output out;
    if (in->names && !in->names->empty()) {
      for (const std::string& name : *in->names)
        if (auto trail = trail_named(call, name); trail.ok())
          out.trails.push_back(entity_of(**trail));
      co_return out;
    }
    for (const TrailPtr& trail : call.services.trails->list(call.caller.principal.account))
      out.trails.push_back(entity_of(*trail));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, DescribeTrails);

}  // namespace coffer::api
