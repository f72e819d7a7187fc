// ListTagsForResource lists the tags of an account.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct ListTagsForResource {
  struct Input {
    std::string resource_id;
    std::optional<std::string> next_token;
  };
  struct Output {
    std::vector<TagEntity> tags;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListTagsForResource", .read_only = true};
  static constexpr auto input = fields(body<&Input::resource_id>("ResourceId", {.max = 130}),
                                       body<&Input::next_token>("NextToken", {.max = 100000}));
  static constexpr auto output =
      fields(body<&Output::tags>("Tags"), body<&Output::next_token>("NextToken"));

  static Status validate(const Input& in, Call& call) {
    note(call, "resourceId", in.resource_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "ListTagsForResource", arn_of(call, "account", in.resource_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    auto found = call.services.iam->account(in->resource_id);
    if (!found.ok())
      co_return Error{"TargetNotFoundException",
                      "We can't find a root, OU, account, or policy with the TargetId that you "
                      "specified."};
    Output out;
    for (const iam::Tag& tag : found->tags) out.tags.push_back({tag.key, tag.value});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListTagsForResource);

}  // namespace coffer::api
