#pragma once
// An account's entities with all their policies. Source: IAM API Reference, data types UserDetail,
// GroupDetail, RoleDetail, ManagedPolicyDetail.
#include "api/ops/iam/groups.h"
#include "api/ops/iam/roles.h"

namespace coffer::api::iam_ops {

struct InlinePolicyEntity {
  std::string name, document;  // percent-encoded
  static constexpr auto shape() {
    return fields(body<&InlinePolicyEntity::name>("PolicyName"),
                  body<&InlinePolicyEntity::document>("PolicyDocument"));
  }
};

struct AttachedEntity {
  std::string name, arn;
  static constexpr auto shape() {
    return fields(body<&AttachedEntity::name>("PolicyName"),
                  body<&AttachedEntity::arn>("PolicyArn"));
  }
};

// InstanceProfileEntity is what no role has here: profiles belong to EC2.
struct InstanceProfileEntity {
  std::string name, arn;
  static constexpr auto shape() {
    return fields(body<&InstanceProfileEntity::name>("InstanceProfileName"),
                  body<&InstanceProfileEntity::arn>("Arn"));
  }
};

struct UserDetail {
  UserEntity user;
  std::vector<InlinePolicyEntity> inline_policies;
  std::vector<std::string> groups;
  std::vector<AttachedEntity> attached;
  static constexpr auto shape() {
    return fields(group<&UserDetail::user>(), body<&UserDetail::inline_policies>("UserPolicyList"),
                  body<&UserDetail::groups>("GroupList"),
                  body<&UserDetail::attached>("AttachedManagedPolicies"));
  }
};

struct GroupDetail {
  GroupEntity group_of;
  std::vector<InlinePolicyEntity> inline_policies;
  std::vector<AttachedEntity> attached;
  static constexpr auto shape() {
    return fields(group<&GroupDetail::group_of>(),
                  body<&GroupDetail::inline_policies>("GroupPolicyList"),
                  body<&GroupDetail::attached>("AttachedManagedPolicies"));
  }
};

struct RoleDetails {
  std::string path, role_name, role_id, arn;
  Timestamp create_date;
  std::string assume_role_policy_document;  // percent-encoded
  std::vector<InstanceProfileEntity> instance_profiles;
  std::vector<InlinePolicyEntity> inline_policies;
  std::vector<AttachedEntity> attached;
  std::optional<BoundaryEntity> boundary;
  std::optional<std::vector<TagEntity>> tags;
  std::optional<RoleLastUsedEntity> last_used;
  static constexpr auto shape() {
    return fields(body<&RoleDetails::path>("Path"), body<&RoleDetails::role_name>("RoleName"),
                  body<&RoleDetails::role_id>("RoleId"), body<&RoleDetails::arn>("Arn"),
                  body<&RoleDetails::create_date>("CreateDate"),
                  body<&RoleDetails::assume_role_policy_document>("AssumeRolePolicyDocument"),
                  body<&RoleDetails::instance_profiles>("InstanceProfileList"),
                  body<&RoleDetails::inline_policies>("RolePolicyList"),
                  body<&RoleDetails::attached>("AttachedManagedPolicies"),
                  body<&RoleDetails::boundary>("PermissionsBoundary"),
                  body<&RoleDetails::tags>("Tags"), body<&RoleDetails::last_used>("RoleLastUsed"));
  }
};

struct ManagedPolicyDetail {
  std::string policy_name, policy_id, arn, path, default_version_id;
  int64_t attachment_count = 0, boundary_count = 0;
  bool is_attachable = true;
  std::optional<std::string> description;
  Timestamp create_date, update_date;
  std::vector<PolicyVersionEntity> versions;
  static constexpr auto shape() {
    return fields(body<&ManagedPolicyDetail::policy_name>("PolicyName"),
                  body<&ManagedPolicyDetail::policy_id>("PolicyId"),
                  body<&ManagedPolicyDetail::arn>("Arn"), body<&ManagedPolicyDetail::path>("Path"),
                  body<&ManagedPolicyDetail::default_version_id>("DefaultVersionId"),
                  body<&ManagedPolicyDetail::attachment_count>("AttachmentCount"),
                  body<&ManagedPolicyDetail::boundary_count>("PermissionsBoundaryUsageCount"),
                  body<&ManagedPolicyDetail::is_attachable>("IsAttachable"),
                  body<&ManagedPolicyDetail::description>("Description"),
                  body<&ManagedPolicyDetail::create_date>("CreateDate"),
                  body<&ManagedPolicyDetail::update_date>("UpdateDate"),
                  body<&ManagedPolicyDetail::versions>("PolicyVersionList"));
  }
};

UserDetail user_detail(const Call& call, const iam::User& user);
GroupDetail group_detail(const iam::Group& group);
RoleDetails role_details(const Call& call, const iam::Role& role);
Task<Result<ManagedPolicyDetail>> policy_detail(Call& call, iam::ManagedPolicyInfo policy);

}  // namespace coffer::api::iam_ops
