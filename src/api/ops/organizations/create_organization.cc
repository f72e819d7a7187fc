// CreateOrganization: there is an organization from the start, and an account is in one only.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct CreateOrganization {
  struct Input {
    std::optional<std::string> feature_set;
  };
  struct Output {
    OrganizationEntity organization;
  };

  static constexpr OpSpec spec{.service = Service::kOrganizations, .name = "CreateOrganization"};
  static constexpr auto input =
      fields(body<&Input::feature_set>("FeatureSet", {.values = "ALL|CONSOLIDATED_BILLING"}));
  static constexpr auto output = fields(body<&Output::organization>("Organization"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "CreateOrganization", "*");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call&) {
    co_return Error{"AlreadyInOrganizationException",
                    "The provided account is already a member of an organization."};
  }
};

}  // namespace

COFFER_OPERATION(organizations, CreateOrganization);

}  // namespace coffer::api
