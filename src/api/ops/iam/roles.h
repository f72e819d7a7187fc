#pragma once
// What the operations on roles share. Source: IAM API Reference, data type Role.
#include "api/ops/iam/entities.h"

namespace coffer::api::iam_ops {

struct RoleLastUsedEntity {
  std::optional<std::string> region;
  static constexpr auto shape() { return fields(body<&RoleLastUsedEntity::region>("Region")); }
};

struct RoleEntity {
  std::string path, role_name, role_id, arn;
  Timestamp create_date;
  std::string assume_role_policy_document;  // percent-encoded
  std::optional<std::string> description;
  std::optional<int64_t> max_session_duration;
  std::optional<BoundaryEntity> boundary;
  std::optional<std::vector<TagEntity>> tags;
  std::optional<RoleLastUsedEntity> last_used;
  static constexpr auto shape() {
    return fields(body<&RoleEntity::path>("Path"), body<&RoleEntity::role_name>("RoleName"),
                  body<&RoleEntity::role_id>("RoleId"), body<&RoleEntity::arn>("Arn"),
                  body<&RoleEntity::create_date>("CreateDate"),
                  body<&RoleEntity::assume_role_policy_document>("AssumeRolePolicyDocument"),
                  body<&RoleEntity::description>("Description"),
                  body<&RoleEntity::max_session_duration>("MaxSessionDuration"),
                  body<&RoleEntity::boundary>("PermissionsBoundary"),
                  body<&RoleEntity::tags>("Tags"), body<&RoleEntity::last_used>("RoleLastUsed"));
  }
};

// Made roles are told without their session's length, listed ones without boundary and tags.
enum class RoleDetail : uint8_t { kMade, kListed, kWhole };
RoleEntity role_entity(const Call& call, const iam::Role& role, RoleDetail detail);
void note_response(Call& call, const RoleEntity& role);

// target_of_role is the role of the caller's account that an operation is about, whether or not it
// exists; Target::user is its name.
Target target_of_role(const Call& call, const std::string& role_name);

}  // namespace coffer::api::iam_ops
