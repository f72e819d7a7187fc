// CreateAccount makes an account, with a role in it that the first account's principals may assume.
// What comes of the request, DescribeCreateAccountStatus tells.
// Source: docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
#include "api/ops/organizations/organization.h"
#include "iam/names.h"

namespace coffer::api {
namespace {

using namespace organizations_ops;

constexpr std::string_view kEmailPattern = "[^\\s@]+@[^\\s@]+\\.[^\\s@]+";

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_email(std::string_view text) {
  const size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || text.find('@', at + 1) != std::string_view::npos)
    return false;
  if (std::any_of(text.begin(), text.end(), is_space)) return false;
  const std::string_view domain = text.substr(at + 1);
  const size_t dot = domain.find('.', 1);
  return dot != std::string_view::npos && dot + 1 < domain.size();
}

struct CreateAccount {
  struct Input {
    std::string email, account_name;
    std::optional<std::string> role_name, iam_user_access_to_billing;
    std::vector<TagEntity> tags;
  };
  struct Output {
    CreationEntity status;
  };

  static constexpr OpSpec spec{.service = Service::kOrganizations, .name = "CreateAccount"};
  static constexpr auto input = fields(
      body<&Input::email>("Email", {.min = 6, .max = 64}),
      body<&Input::account_name>("AccountName", {.min = 1, .max = 50}),
      body<&Input::role_name>("RoleName", {.max = 64}),
      body<&Input::iam_user_access_to_billing>("IamUserAccessToBilling", {.values = "ALLOW|DENY"}),
      body<&Input::tags>("Tags", {.max = 50}));
  static constexpr auto output = fields(body<&Output::status>("CreateAccountStatus"));

  static Status validate(const Input& in, Call& call) {
    note(call, "accountName", in.account_name);
    if (in.role_name) note(call, "roleName", *in.role_name);
    if (!is_email(in.email))
      return invalid_input("INVALID_PATTERN",
                           fmt::format("You provided a value that does not match the required "
                                       "pattern: {}",
                                       kEmailPattern));
    if (in.role_name && !iam::check_name("roleName", *in.role_name, 64).ok())
      return invalid_input("INVALID_PATTERN",
                           "You provided a value that does not match the required pattern: "
                           "[\\w+=,.@-]{1,64}");
    return management_only(call);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    auto out = demand_on(call, "CreateAccount", "*");
    if (in.tags.empty()) return out;
    std::vector<std::string> keys;
    for (const TagEntity& tag : in.tags) {
      out[0].conditions.set("aws:RequestTag/" + tag.key, tag.value);
      keys.push_back(tag.key);
    }
    out[0].conditions.set("aws:TagKeys", std::move(keys));
    out.push_back(out[0]);
    out[1].action = "organizations:TagResource";
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    iam::Iam::NewAccount request{.name = in->account_name, .email = in->email};
    if (in->role_name) request.role = *in->role_name;
    for (const TagEntity& tag : in->tags) request.tags.push_back({tag.key, tag.value});
    CO_TRY(auto made, co_await call.services.iam->create_account(std::move(request), call.draft));
    co_return Output{creation_entity(made)};
  }
};

}  // namespace

COFFER_OPERATION(organizations, CreateAccount);

}  // namespace coffer::api
