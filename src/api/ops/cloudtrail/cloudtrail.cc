#include "api/ops/cloudtrail/cloudtrail.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"

namespace coffer::api::cloudtrail_ops {
namespace {

constexpr uint8_t kTokenVersion = 1;
constexpr size_t kTokenHashBytes = 16;

}  // namespace

std::vector<Demand> demand_on(const Call& call, std::string_view operation, std::string resource) {
  return {{.action = "cloudtrail:" + std::string(operation),
           .resource = std::move(resource),
           .resource_account = call.caller.principal.account,
           .rule = authz::ResourceRule::kIdentityOnly}};
}

void note(Call& call, std::string_view name, const std::string& value) {
  call.draft.event.request.push_back({std::string(name), value});
}
void note(Call& call, std::string_view name, const std::optional<std::string>& value) {
  if (value) note(call, name, *value);
}
void note_flag(Call& call, std::string_view name, const std::optional<bool>& value) {
  if (value) note_json(call, name, *value ? "true" : "false");
}
void note_number(Call& call, std::string_view name, const std::optional<int64_t>& value) {
  if (value) note_json(call, name, std::to_string(*value));
}
void note_json(Call& call, std::string_view name, std::string json) {
  call.draft.event.request.push_back({std::string(name), std::move(json), true});
}

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string page_token(uint64_t place, std::string_view of) {
  return base64(Writer()
                    .u8(kTokenVersion)
                    .u64(place)
                    .raw(crypto::sha256(of).view().substr(0, kTokenHashBytes))
                    .take());
}

std::optional<uint64_t> place_of(std::string_view token, std::string_view of) {
  const auto bytes = unbase64(token);
  if (!bytes) return std::nullopt;
  Reader r(*bytes);
  if (r.u8() != kTokenVersion) return std::nullopt;
  const uint64_t place = r.u64();
  const bool same = r.raw(kTokenHashBytes) == crypto::sha256(of).view().substr(0, kTokenHashBytes);
  return same && r.done() ? std::optional(place) : std::nullopt;
}

}  // namespace coffer::api::cloudtrail_ops
