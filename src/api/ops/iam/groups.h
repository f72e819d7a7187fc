#pragma once
// What the operations on groups share. Source: IAM API Reference, data type Group.
#include "api/ops/iam/entities.h"

namespace coffer::api::iam_ops {

struct GroupEntity {
  std::string path, group_name, group_id, arn;
  Timestamp create_date;
  static constexpr auto shape() {
    return fields(body<&GroupEntity::path>("Path"), body<&GroupEntity::group_name>("GroupName"),
                  body<&GroupEntity::group_id>("GroupId"), body<&GroupEntity::arn>("Arn"),
                  body<&GroupEntity::create_date>("CreateDate"));
  }
};

inline GroupEntity group_entity(const iam::Group& group) {
  return {group.path, group.name, group.id, group.arn(), {group.created_ms}};
}

// target_of_group is the group of the caller's account that an operation is about, whether or not
// it exists; Target::user is its name.
inline Target target_of_group(const Call& call, const std::string& group_name) {
  Target out{.account = call.caller.principal.account, .user = group_name};
  out.arn = call.services.iam->group_arn(out.account, group_name);
  return out;
}

}  // namespace coffer::api::iam_ops
