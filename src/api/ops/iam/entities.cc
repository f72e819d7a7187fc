#include "api/ops/iam/entities.h"

#include <nlohmann/json.hpp>

#include "base/arn.h"
#include "base/encoding.h"

namespace coffer::api::iam_ops {
namespace {

using Json = nlohmann::ordered_json;

// trail_date is how CloudTrail writes the dates of response elements: "Aug 10, 2022, 10:38:27 PM".
std::string trail_date(Timestamp t) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::string iso = iso8601(t.ms);  // 2022-08-10T22:38:27Z
  auto number = [&](size_t at, size_t size) {
    return static_cast<int>(parse_uint(std::string_view(iso).substr(at, size)).value_or(0));
  };
  int month = number(5, 2), hour = number(11, 2);
  return fmt::format("{} {}, {}, {}:{} {}",
                     kMonths.at(static_cast<size_t>(std::clamp(month, 1, 12) - 1)), number(8, 2),
                     iso.substr(0, 4), hour % 12 == 0 ? 12 : hour % 12, iso.substr(14, 5),
                     hour < 12 ? "AM" : "PM");
}

Json json_of(const std::vector<TagEntity>& tags) {
  Json out = Json::array();
  for (const TagEntity& t : tags) out.push_back({{"key", t.key}, {"value", t.value}});
  return out;
}

void respond(Call& call, std::string name, const Json& value) {
  call.draft.event.response.push_back(
      {std::move(name), value.dump(-1, ' ', false, Json::error_handler_t::replace), true});
}

std::optional<std::vector<TagEntity>> tag_entities(const std::vector<iam::Tag>& tags) {
  if (tags.empty()) return std::nullopt;
  std::vector<TagEntity> out;
  for (const iam::Tag& t : tags) out.push_back({t.key, t.value});
  return out;
}

}  // namespace

UserEntity user_entity(const iam::User& user, bool with_details) {
  UserEntity out{.path = user.path,
                 .user_name = user.name,
                 .user_id = user.id,
                 .arn = user.arn(),
                 .create_date = {user.created_ms}};
  if (!with_details) return out;
  if (user.boundary) out.boundary = BoundaryEntity{"Policy", *user.boundary};
  out.tags = tag_entities(user.tags);
  return out;
}

PolicyEntity policy_entity(const iam::ManagedPolicyInfo& p, bool with_details) {
  PolicyEntity out{.policy_name = p.name,
                   .policy_id = p.id,
                   .arn = p.arn,
                   .path = p.path,
                   .default_version_id = p.default_version,
                   .attachment_count = p.attachment_count,
                   .boundary_count = p.boundary_count,
                   .is_attachable = true,
                   .create_date = {p.created_ms},
                   .update_date = {p.updated_ms}};
  if (!with_details) return out;
  if (!p.description.empty()) out.description = p.description;
  out.tags = tag_entities(p.tags);
  return out;
}

PolicyVersionEntity version_entity(const iam::PolicyVersion& v) {
  PolicyVersionEntity out{
      .version_id = v.id, .is_default_version = v.is_default, .create_date = {v.created_ms}};
  if (!v.document.empty()) out.document = url_encode(v.document);
  return out;
}

std::vector<iam::Tag> tags_of(const std::vector<TagEntity>& tags) {
  std::vector<iam::Tag> out;
  for (const TagEntity& t : tags) out.push_back({t.key, t.value});
  return out;
}

Result<Target> target_of(const Call& call, const std::optional<std::string>& user_name) {
  const authz::Principal& caller = call.caller.principal;
  Target out{.account = caller.account};
  if (!user_name && caller.is_root()) {
    out.arn = fmt::format("arn:aws:iam::{}:root", caller.account);
    return out;
  }
  if (!user_name && caller.type != authz::PrincipalType::kUser)
    return Error{"ValidationError", "Must specify userName when calling with non-User credentials"};
  out.user = user_name ? *user_name : caller.name;
  out.arn = call.services.iam->user_arn(out.account, out.user);
  if (auto user = call.services.iam->user(out.account, out.user); user.ok()) {
    out.tags = (*user)->tags;
    out.boundary = (*user)->boundary;
  }
  return out;
}

Demand demand_on(const Call& call, std::string action, std::string resource) {
  return {.action = std::move(action),
          .resource = std::move(resource),
          .resource_account = call.caller.principal.account};
}

Demand demand_on_user(const Call& call, std::string action, const Target& target) {
  Demand out = demand_on(call, std::move(action), target.arn);
  for (const iam::Tag& t : target.tags) {
    out.conditions.set("aws:ResourceTag/" + t.key, t.value);
    out.conditions.set("iam:ResourceTag/" + t.key, t.value);
  }
  return out;
}

Demand demand_on_permissions(const Call& call, std::string action, const Target& target) {
  Demand out = demand_on_user(call, std::move(action), target);
  if (target.boundary) out.conditions.set("iam:PermissionsBoundary", *target.boundary);
  return out;
}

Demand demand_on_policy(const Call& call, std::string action, const std::string& policy_arn) {
  Demand out = demand_on(call, std::move(action), policy_arn);
  if (auto arn = Arn::parse(policy_arn); arn && is_account_id(arn->account))
    out.resource_account = arn->account;
  if (auto policy = call.services.iam->policy(call.caller.principal.account, policy_arn);
      policy.ok())
    for (const iam::Tag& t : policy->tags) out.conditions.set("aws:ResourceTag/" + t.key, t.value);
  return out;
}

std::string policy_arn_for(const Call& call, const std::optional<std::string>& path,
                           const std::string& name) {
  return fmt::format("arn:aws:iam::{}:policy{}{}", call.caller.principal.account,
                     path.value_or("/"), name);
}

void set_request_tags(Demand& demand, const std::vector<TagEntity>& tags) {
  std::vector<std::string> keys;
  for (const TagEntity& t : tags) {
    demand.conditions.set("aws:RequestTag/" + t.key, t.value);
    keys.push_back(t.key);
  }
  if (!keys.empty()) demand.conditions.set("aws:TagKeys", std::move(keys));
}

void note(Call& call, std::string name, const std::string& value) {
  call.draft.event.request.push_back({std::move(name), value});
}
void note(Call& call, std::string name, const std::optional<std::string>& value) {
  if (value) note(call, std::move(name), *value);
}
void note(Call& call, std::string name, const std::optional<int64_t>& value) {
  if (value) call.draft.event.request.push_back({std::move(name), std::to_string(*value), true});
}
void note(Call& call, std::string name, const std::optional<bool>& value) {
  if (value) call.draft.event.request.push_back({std::move(name), *value ? "true" : "false", true});
}
void note(Call& call, const PageIn& page) {
  note(call, "marker", page.marker);
  note(call, "maxItems", page.max_items);
}
void note(Call& call, const std::vector<TagEntity>& tags) {
  if (!tags.empty())
    call.draft.event.request.push_back(
        {"tags", json_of(tags).dump(-1, ' ', false, Json::error_handler_t::replace), true});
}

void note_response(Call& call, const UserEntity& user) {
  Json out{{"path", user.path},
           {"userName", user.user_name.value_or("")},
           {"userId", user.user_id},
           {"arn", user.arn},
           {"createDate", trail_date(user.create_date)}};
  if (user.tags) out["tags"] = json_of(*user.tags);
  if (user.boundary)
    out["permissionsBoundary"] = {{"permissionsBoundaryType", user.boundary->type},
                                  {"permissionsBoundaryArn", user.boundary->arn}};
  respond(call, "user", out);
}

void note_response(Call& call, const PolicyEntity& p) {
  Json out{{"policyName", p.policy_name},
           {"policyId", p.policy_id},
           {"arn", p.arn},
           {"path", p.path},
           {"defaultVersionId", p.default_version_id},
           {"attachmentCount", p.attachment_count},
           {"permissionsBoundaryUsageCount", p.boundary_count},
           {"isAttachable", p.is_attachable},
           {"createDate", trail_date(p.create_date)},
           {"updateDate", trail_date(p.update_date)}};
  if (p.description) out["description"] = *p.description;
  if (p.tags) out["tags"] = json_of(*p.tags);
  respond(call, "policy", out);
}

void note_response(Call& call, const PolicyVersionEntity& v) {
  respond(call, "policyVersion",
          {{"versionId", v.version_id},
           {"isDefaultVersion", v.is_default_version},
           {"createDate", trail_date(v.create_date)}});
}

void note_response(Call& call, const iam::AccessKey& key) {
  Json out{{"userName", key.user_name},
           {"accessKeyId", key.id},
           {"status", key.active ? "Active" : "Inactive"},
           {"createDate", trail_date({key.created_ms})}};
  if (key.user_name.empty()) out.erase("userName");
  respond(call, "accessKey", out);
}

}  // namespace coffer::api::iam_ops
