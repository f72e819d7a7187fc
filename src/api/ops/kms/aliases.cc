#include "api/ops/kms/aliases.h"

#include <algorithm>

namespace coffer::api::kms_ops {

namespace {
constexpr std::string_view kPrefixText =
    "Alias must start with the prefix \"alias/\". Please see "
    "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";

bool has_pattern(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '/' || c == '_' || c == '-';
  });
}
}  // namespace

Status check_alias_name(std::string_view name) {
  if (!has_pattern(name))
    return Error{"ValidationException",
                 fmt::format("1 validation error detected: Value '{}' at 'aliasName' failed to "
                             "satisfy constraint: Member must satisfy "
                             "regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
                             name)};
  if (!name.starts_with("alias/") || name.size() == 6)
    return Error{"ValidationException", std::string(kPrefixText)};
  if (name.starts_with("alias/aws/")) return Error{"NotAuthorizedException", ""};
  if (name.find(':') != name.npos)
    return Error{"ValidationException",
                 fmt::format("{} contains invalid characters for an alias", name)};
  return ok_status();
}

Status check_alias_target(std::string_view target_key_id) {
  const bool alias =
      target_key_id.starts_with("alias/") || target_key_id.find(":alias/") != target_key_id.npos;
  if (alias) return Error{"ValidationException", "Aliases must refer to keys. Not aliases"};
  return ok_status();
}

std::string alias_arn(const Call& call, std::string_view name) {
  return kms::alias_arn(call.caller.region, call.caller.principal.account, name);
}

Task<Result<AliasFacts>> current_alias(Call& call, std::string name) {
  AliasFacts out;
  out.alias =
      call.services.kms->find_alias(call.caller.principal.account, call.caller.region, name);
  if (out.alias) {
    CO_TRY(out.current, call.services.kms->find(call.caller, out.alias->target, Names::kKeysOnly));
  }
  co_return out;
}

Error no_such_alias(const Call& call, std::string_view name) {
  return {"NotFoundException", fmt::format("Alias {} is not found.", alias_arn(call, name))};
}

}  // namespace coffer::api::kms_ops
