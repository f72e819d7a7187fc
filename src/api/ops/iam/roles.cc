#include "api/ops/iam/roles.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace coffer::api::iam_ops {

RoleEntity role_entity(const Call& call, const iam::Role& role, RoleDetail detail) {
  RoleEntity out{.path = role.path,
                 .role_name = role.name,
                 .role_id = role.id,
                 .arn = role.arn(),
                 .create_date = {role.created_ms},
                 .assume_role_policy_document = url_encode(call.services.iam->trust_text(role))};
  if (!role.description.empty()) out.description = role.description;
  if (detail != RoleDetail::kMade) out.max_session_duration = role.max_session_s;
  if (detail == RoleDetail::kListed) return out;
  if (role.boundary) out.boundary = BoundaryEntity{"Policy", *role.boundary};
  if (!role.tags.empty()) {
    out.tags.emplace();
    for (const iam::Tag& t : role.tags) out.tags->push_back({t.key, t.value});
  }
  if (detail == RoleDetail::kWhole) out.last_used.emplace();
  return out;
}

void note_response(Call& call, const RoleEntity& role) {
  nlohmann::ordered_json out{{"path", role.path},
                             {"roleName", role.role_name},
                             {"roleId", role.role_id},
                             {"arn", role.arn},
                             {"createDate", iso8601(role.create_date.ms)},
                             {"assumeRolePolicyDocument", role.assume_role_policy_document}};
  call.draft.event.response.push_back(
      {"role", out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), true});
}

Target target_of_role(const Call& call, const std::string& role_name) {
  Target out{.account = call.caller.principal.account, .user = role_name};
  out.arn = call.services.iam->role_arn(out.account, role_name);
  if (auto role = call.services.iam->role(out.account, role_name); role.ok()) {
    out.tags = (*role)->tags;
    out.boundary = (*role)->boundary;
  }
  return out;
}

}  // namespace coffer::api::iam_ops
