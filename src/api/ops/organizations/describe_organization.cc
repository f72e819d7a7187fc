// DescribeOrganization tells any account which organization it belongs to.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct DescribeOrganization {
  struct Input {};
  struct Output {
    OrganizationEntity organization;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "DescribeOrganization", .read_only = true};
  static constexpr auto input = fields();
  static constexpr auto output = fields(body<&Output::organization>("Organization"));

  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "DescribeOrganization", "*");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    co_return Output{organization_entity(call)};
  }
};

}  // namespace

COFFER_OPERATION(organizations, DescribeOrganization);

}  // namespace coffer::api
