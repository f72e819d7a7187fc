// ListAliases lists the aliases of the caller's account and Region, or of one key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html
#include "api/ops/kms/aliases.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct AliasEntry {
  std::string name, arn, target_key_id;
  Timestamp created, updated;
  static constexpr auto shape() {
    return fields(body<&AliasEntry::name>("AliasName"), body<&AliasEntry::arn>("AliasArn"),
                  body<&AliasEntry::target_key_id>("TargetKeyId"),
                  body<&AliasEntry::created>("CreationDate"),
                  body<&AliasEntry::updated>("LastUpdatedDate"));
  }
};

struct ListAliases {
  struct Input {
    std::optional<std::string> key_id, marker;
    std::optional<int64_t> limit;
  };
  struct Output {
    std::vector<AliasEntry> aliases;
    std::optional<std::string> next_marker;
    bool truncated = false;
  };

  static constexpr OpSpec spec{.service = Service::kKms, .name = "ListAliases", .read_only = true};
  static constexpr auto input = fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
                                       body<&Input::limit>("Limit", {.min = 1, .max = 100}),
                                       body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::aliases>("Aliases"), body<&Output::next_marker>("NextMarker"),
             body<&Output::truncated>("Truncated"));

  static std::vector<Demand> demands(const Input& in, const Call& call) {
    return {demand_without_key(call, "ListAliases")};
  }

  // The aliases asked for, one more than fits.
  static Result<std::vector<kms::Alias>> page(const Input& in, Call& call, size_t limit) {
    const kms::KeyService& kms = *call.services.kms;
    const std::string& account = call.caller.principal.account;
    TRY(std::string after, after_marker(in.marker));
    if (!in.key_id) return kms.list_aliases(account, call.caller.region, after, limit + 1);
    TRY(Target target, kms.find(call.caller, *in.key_id, Names::kKeysOnly));
    if (target.account != account)
      return Error{"NotFoundException", fmt::format("Invalid keyId {}", *in.key_id)};
    if (!target.key) return *target.missing;
    auto names = kms.aliases_of(*target.key);
    std::sort(names.begin(), names.end());
    std::vector<kms::Alias> out;
    for (const std::string& name : names) {
      if (name <= after || out.size() > limit) continue;
      if (auto alias = kms.find_alias(account, call.caller.region, name))
        out.push_back(std::move(*alias));
    }
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    const auto limit = static_cast<size_t>(in->limit.value_or(50));
    CO_TRY(auto aliases, page(*in, call, limit));
    Output out;
    out.truncated = aliases.size() > limit;
    if (out.truncated) aliases.resize(limit);
    for (const kms::Alias& alias : aliases)
      out.aliases.push_back({alias.name,
                             alias_arn(call, alias.name),
                             alias.target,
                             {alias.created_ms},
                             {alias.updated_ms}});
    if (out.truncated) out.next_marker = marker_after(aliases.back().name);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ListAliases);

}  // namespace coffer::api
