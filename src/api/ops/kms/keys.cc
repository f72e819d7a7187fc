#include "api/ops/kms/keys.h"

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace coffer::api::kms_ops {

namespace {

// json_of is a string as JSON text.
std::string json_of(std::string_view text) {
  std::string object = kms::context_json({{"", std::string(text)}});  // {"":"text"}
  return object.substr(4, object.size() - 5);
}

}  // namespace

Algorithms algorithm_lists(const Key& key) {
  Algorithms out;
  if (key.usage == kms::kEncryptDecrypt) out.encryption = kms::algorithms_of(key);
  if (key.usage == kms::kSignVerify) out.signing = kms::algorithms_of(key);
  if (key.usage == kms::kKeyAgreement) out.agreement = kms::algorithms_of(key);
  return out;
}

KeyMetadata metadata_of(const Key& key) {
  KeyMetadata out{.account = key.account,
                  .key_id = key.id,
                  .arn = key.arn(),
                  .description = key.description,
                  .usage = key.usage};
  out.state = kms::state_name(key.state);
  out.origin = key.origin;
  out.manager = key.manager == kms::KeyManager::kAws ? "AWS" : "CUSTOMER";
  out.spec = out.legacy_spec = key.spec;
  if (key.symmetric()) out.current_material = material_hex(key.current().id);
  out.created = {key.created_ms};
  out.enabled = key.state == kms::KeyState::kEnabled;
  out.multi_region = key.multi_region;
  if (key.state == kms::KeyState::kPendingDeletion) out.deletion = Timestamp{key.deletion_ms};
  out.algorithms = algorithm_lists(key);
  if (key.usage == kms::kGenerateVerifyMac) out.mac_algorithms = kms::algorithms_of(key);
  if (key.multi_region)
    out.multi_region_configuration = {.type = "PRIMARY", .primary = {key.arn(), key.region}};
  return out;
}

std::string metadata_json(const KeyMetadata& m) {
  nlohmann::ordered_json out{{"aWSAccountId", m.account},
                             {"keyId", m.key_id},
                             {"arn", m.arn},
                             {"description", m.description},
                             {"keyUsage", m.usage},
                             {"keyState", m.state},
                             {"origin", m.origin},
                             {"keyManager", m.manager},
                             {"keySpec", m.spec},
                             {"customerMasterKeySpec", m.legacy_spec},
                             {"creationDate", audit::shown_time(m.created.ms)},
                             {"enabled", m.enabled},
                             {"multiRegion", m.multi_region}};
  const Algorithms& a = m.algorithms;
  if (a.encryption) out["encryptionAlgorithms"] = *a.encryption;
  if (a.signing) out["signingAlgorithms"] = *a.signing;
  if (a.agreement) out["keyAgreementAlgorithms"] = *a.agreement;
  if (m.mac_algorithms) out["macAlgorithms"] = *m.mac_algorithms;
  if (const auto& regions = m.multi_region_configuration)
    out["multiRegionConfiguration"] = {
        {"multiRegionKeyType", regions->type},
        {"primaryKey", {{"arn", regions->primary.arn}, {"region", regions->primary.region}}},
        {"replicaKeys", nlohmann::ordered_json::array()}};
  if (m.current_material) out["currentKeyMaterialId"] = *m.current_material;
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::map<std::string, std::string> tags_of(const std::vector<TagEntity>& tags) {
  std::map<std::string, std::string> out;
  for (const TagEntity& tag : tags) out.insert_or_assign(tag.key, tag.value);
  return out;
}

Status check_tags(const std::vector<TagEntity>& tags) {
  kms::TagList list;
  for (const TagEntity& tag : tags) list.emplace_back(tag.key, tag.value);
  return kms::check_tags(list);
}

Status check_recipient(const std::optional<Recipient>& recipient) {
  if (!recipient) return ok_status();
  return Error{"ValidationException", "The Recipient parameter is not supported."};
}

Error dry_run_succeeded() {
  return {"DryRunOperationException",
          "The request would have succeeded, but the DryRun option is set."};
}

Task<Result<Target>> key_named(Call& call, std::string identifier, Names names) {
  note(call, "keyId", identifier);
  co_return call.services.kms->find(call.caller, identifier, names);
}

Task<Result<Target>> key_of_blob(Call& call, ByteView blob, std::optional<std::string> key_id) {
  if (key_id) co_return call.services.kms->find(call.caller, *key_id, Names::kKeysAndAliases);
  co_return call.services.kms->find_by_ciphertext(call.caller, blob);
}

Demand demand_on(const Call& call, const Target& target, std::string_view operation,
                 const EncryptionContext* context) {
  Demand out = kms::demand_of(target, call.caller.principal.account, operation, context);
  out.on_ciphertext = target.through_ciphertext;
  return out;
}

Demand demand_without_key(const Call& call, std::string_view operation, std::string resource) {
  Demand out;
  out.action = fmt::format("kms:{}", operation);
  out.resource = std::move(resource);
  out.resource_account = call.caller.principal.account;
  return out;
}

Task<Result<KeyPtr>> key_for_use(Call& call, Target target, const EncryptionContext& context) {
  CO_TRY_OK(kms::check_context(context));
  CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
  note_resource(call, *key);
  CO_TRY_OK(kms::check_state(*key, kms::Needs::kEnabled));
  co_return key;
}

Task<Result<KeyPtr>> key_for(Call& call, Target target, Use use) {
  CO_TRY(KeyPtr key, co_await key_for_use(call, std::move(target), {}));
  CO_TRY_OK(kms::check_usage(*key, use.usage, use.operation));
  CO_TRY_OK(kms::check_algorithm(*key, use.algorithm));
  co_return key;
}

Task<Status> used(Call& call, KeyPtr key, std::optional<Hash256> material) {
  if (material) call.draft.event.additional.push_back({"keyMaterialId", material_hex(*material)});
  co_return co_await call.services.kms->copy_to_owner(
      call.draft.event, call.caller.principal.account, std::move(key));
}

Status check_named(const Key& key, ByteView blob) {
  auto header = kms::parse_blob(blob);
  if (!header) return kms::invalid_ciphertext();
  if (header->account == key.account && header->key_id == key.id) return ok_status();
  return Error{
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation."};
}

std::string material_hex(const Hash256& material) { return hex(material.view()); }

Status check_grant_tokens(const Call& call, const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) TRY_OK(call.services.kms->grant_of_token(token));
  return ok_status();
}

void note(Call& call, std::string_view name, std::string value) {
  call.draft.event.request.push_back({std::string(name), std::move(value)});
}

void note(Call& call, std::string_view name, std::optional<std::string> value) {
  if (value) note(call, name, std::move(*value));
}

void note_number(Call& call, std::string_view name, std::optional<int64_t> value) {
  if (value) call.draft.event.request.push_back({std::string(name), std::to_string(*value), true});
}

void note_flag(Call& call, std::string_view name, std::optional<bool> value) {
  if (value)
    call.draft.event.request.push_back({std::string(name), *value ? "true" : "false", true});
}

void note_context(Call& call, std::string_view name, const EncryptionContext& context) {
  if (!context.empty())
    call.draft.event.request.push_back({std::string(name), kms::context_json(context), true});
}

void note_tags(Call& call, const std::vector<TagEntity>& tags) {
  if (tags.empty()) return;
  std::string json = "[";
  for (const TagEntity& tag : tags) {
    if (json.size() > 1) json += ',';
    json += fmt::format(R"({{"tagKey":{},"tagValue":{}}})", json_of(tag.key), json_of(tag.value));
  }
  call.draft.event.request.push_back({"tags", json + "]", true});
}

void note_resource(Call& call, const Key& key) {
  call.draft.event.resources.push_back({key.account, "AWS::KMS::Key", key.arn()});
}

Result<std::string> after_marker(const std::optional<std::string>& marker) {
  if (!marker) return std::string();
  auto text = unbase64url(*marker);
  if (!text || !text->starts_with("after:"))
    return Error{"InvalidMarkerException",
                 fmt::format("Could not deserialize marker '{}'", *marker)};
  return text->substr(6);
}

std::string marker_after(std::string_view last) { return base64url(fmt::format("after:{}", last)); }

}  // namespace coffer::api::kms_ops
