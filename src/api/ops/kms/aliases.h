#pragma once
// What the operations on aliases share. They need both sides: the alias, by the caller's policies,
// and its key, by the key's.
#include "api/ops/kms/keys.h"

namespace coffer::api::kms_ops {

// AliasFacts: `alias` as it is, and its key; `target`: the key that it shall name.
struct AliasFacts {
  std::optional<kms::Alias> alias;
  Target current, target;
};

// check_alias_name judges the name of an alias to be made, changed or deleted.
Status check_alias_name(std::string_view name);
// check_alias_target refuses a target that is itself an alias.
Status check_alias_target(std::string_view target_key_id);

std::string alias_arn(const Call& call, std::string_view name);
// current_alias reads the alias and its key.
Task<Result<AliasFacts>> current_alias(Call& call, std::string name);
Error no_such_alias(const Call& call, std::string_view name);

}  // namespace coffer::api::kms_ops
