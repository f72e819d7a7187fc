// ListTags lists the tags of trails.
// Source: docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListTags.html
#include "api/ops/cloudtrail/trails.h"

namespace coffer::api {
namespace {

using namespace cloudtrail_ops;

struct ResourceTags {
  std::string resource_id;
  std::vector<TagEntity> tags;
  static constexpr auto shape() {
    return fields(body<&ResourceTags::resource_id>("ResourceId"),
                  body<&ResourceTags::tags>("TagsList"));
  }
};

struct ListTags {
  struct Input {
    std::vector<std::string> resource_ids;
    std::optional<std::string> next_token;  // of no use: the answer is one page
  };
  struct Output {
    std::vector<ResourceTags> resources;
  };

  static constexpr OpSpec spec{
      .service = Service::kCloudTrail, .name = "ListTags", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::resource_ids>("ResourceIdList", {.required = true, .max = 20}),
             body<&Input::next_token>("NextToken"));
  static constexpr auto output = fields(body<&Output::resources>("ResourceTagList"));

  static Status validate(const Input& in, Call& call) {
    for (const std::string& id : in.resource_ids) TRY_OK(name_of(call, id));
    return ok_status();
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    std::vector<Demand> out;
    for (const std::string& id : in.resource_ids)
      out.push_back(demand_on(call, "ListTags", arn_of(call, id))[0]);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    Output out;
    for (const std::string& id : in->resource_ids) {
      CO_TRY(const TrailPtr trail, trail_named(call, id));
      ResourceTags& one = out.resources.emplace_back();
      one.resource_id = id;
      for (const auto& [key, value] : trail->config.tags) one.tags.push_back({key, value});
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(cloudtrail, ListTags);

}  // namespace coffer::api
