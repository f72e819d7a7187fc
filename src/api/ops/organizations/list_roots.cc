// ListRoots names the one root that every account lies under.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct ListRoots {
  struct Input {
    PageIn page;
  };
  struct Output {
    std::vector<RootEntity> roots;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListRoots", .read_only = true};
  static constexpr auto input = fields(group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::roots>("Roots"), body<&Output::next_token>("NextToken"));

  static Status validate(const Input& in, Call& call) { return management_only(call); }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return demand_on(call, "ListRoots", "*");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    co_return Output{.roots = {root_entity(call)}};
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListRoots);

}  // namespace coffer::api
