// ListCreateAccountStatus lists the requests to make accounts, those of the given states.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_ListCreateAccountStatus.html
#include "api/ops/organizations/organization.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

struct ListCreateAccountStatus {
  struct Input {
    std::optional<std::vector<std::string>> states;
    PageIn page;
  };
  struct Output {
    std::vector<CreationEntity> statuses;
    std::optional<std::string> next_token;
  };

  static constexpr OpSpec spec{
      .service = Service::kOrganizations, .name = "ListCreateAccountStatus", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::states>("States", {.values = "IN_PROGRESS|SUCCEEDED|FAILED"}),
             group<&Input::page>());
  static constexpr auto output = fields(body<&Output::statuses>("CreateAccountStatuses"),
                                        body<&Output::next_token>("NextToken"));

  static Status validate(const Input&, Call& call) { return management_only(call); }
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return demand_on(call, "ListCreateAccountStatus", "*");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    std::vector<CreationEntity> all;
    for (const auto& creation : call.services.iam->account_creations()) {
      CreationEntity entity = creation_entity(creation);
      if (!in->states ||
          std::find(in->states->begin(), in->states->end(), entity.state) != in->states->end())
        all.push_back(std::move(entity));
    }
    Output out;
    CO_TRY(out.statuses, page_of(std::move(all), in->page, out.next_token,
                                 [](const CreationEntity& e) { return e.id; }));
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(organizations, ListCreateAccountStatus);

}  // namespace coffer::api
