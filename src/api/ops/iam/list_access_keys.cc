// ListAccessKeys lists the access keys of a user, or of the caller.
// Source: docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
#include "api/ops/iam/entities.h"

namespace coffer::api {
namespace {

using namespace iam_ops;

struct KeyEntity {
  std::optional<std::string> user_name;  // the account's root has none
  std::string access_key_id, status;
  Timestamp create_date;
  static constexpr auto shape() {
    return fields(body<&KeyEntity::user_name>("UserName"),
                  body<&KeyEntity::access_key_id>("AccessKeyId"),
                  body<&KeyEntity::status>("Status"), body<&KeyEntity::create_date>("CreateDate"));
  }
};

struct ListAccessKeys {
  struct Input {
    std::optional<std::string> user_name;
    PageIn page;
  };
  struct Output {
    std::vector<KeyEntity> access_key_metadata;
    PageOut page;
  };

  static constexpr OpSpec spec{
      .service = Service::kIam, .name = "ListAccessKeys", .read_only = true};
  static constexpr auto input =
      fields(body<&Input::user_name>("UserName", {.min = 1, .max = 128}), group<&Input::page>());
  static constexpr auto output =
      fields(body<&Output::access_key_metadata>("AccessKeyMetadata"), group<&Output::page>());

  static Status validate(const Input& in, Call& call) {
    note(call, "userName", in.user_name);
    note(call, in.page);
    return ok_status();
  }
  using Facts = Target;
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return target_of(call, in.user_name);
  }
  static std::vector<Demand> demands(const Input&, const Facts& target, const Call& call) {
    return {demand_on_user(call, "iam:ListAccessKeys", target)};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(auto page,
           call.services.iam->access_keys(target.account, target.user, in->page.request()));
    Output out{.page = PageOut::after(page.marker)};
    for (const iam::AccessKey& key : page.items) {
      auto& entity = out.access_key_metadata.emplace_back();
      if (!key.user_name.empty()) entity.user_name = key.user_name;
      entity.access_key_id = key.id;
      entity.status = key.active ? "Active" : "Inactive";
      entity.create_date = {key.created_ms};
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(iam, ListAccessKeys);

}  // namespace coffer::api
