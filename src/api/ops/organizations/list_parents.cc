// ListParents names the parent of an account: the root.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct ParentEntity {
  std::string id, type;
  static constexpr auto shape() {
    return fields(body<&ParentEntity::id>("Id"), body<&ParentEntity::type>("Type"));
  }
};

struct ListParents {
  struct Input {
    std::string child_id;
    PageIn page;
  };
  struct Output {
    std::vector<ParentEntity> parents;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListParents", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::child_id>("ChildId", {.max = 100}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::parents>("Parents"), body<&Output::next_token>("NextToken"));

  static Status validate(const Input& in, Call& call) {
    note(call, "childId", in.child_id);
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "ListParents", arn_of(call, "account", in.child_id));
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    if (!call.services.iam->account(in->child_id).ok())
      co_return Error{"ChildNotFoundException",
                      "We can't find an organizational unit (OU) or AWS account with the ChildId "
                      "that you specified."};
    co_return Output{.parents = {{root_id(call), "ROOT"}}};
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListParents);

}  // namespace coffer::api
