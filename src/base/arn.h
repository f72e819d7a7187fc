#pragma once
// Arn is arn:partition:service:region:account:resource. Source: IAM User Guide, "Amazon Resource
// Names".
#include <optional>
#include <string>
#include <string_view>

namespace coffer {

struct Arn {
  std::string partition, service, region, account, resource;
  static std::optional<Arn> parse(
      std::string_view text);  // six fields, the first "arn"; the resource may hold colons
  std::string str() const;
  friend bool operator==(const Arn&, const Arn&) = default;
};

bool is_account_id(std::string_view text);  // 12 digits

}  // namespace coffer
