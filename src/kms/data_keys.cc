// The calls of S3: each decides, uses the key, and is recorded before it answers.
#include "base/counters.h"
#include "base/encoding.h"
#include "crypto/system_random.h"
#include "kms/envelope.h"
#include "kms/failures.h"
#include "kms/key_service.h"
#include "kms/key_spec.h"

namespace coffer::kms {

namespace {
constexpr size_t kDataKeyBytes = 32;

}  // namespace

struct KeyService::DataKeyCall {
  const authz::RequestContext& via;
  std::string operation;
  EncryptionContext context;
  audit::Event event;
};

KeyService::DataKeyCall KeyService::begin(const authz::RequestContext& via,
                                          std::string_view operation,
                                          EncryptionContext context) const {
  DataKeyCall call{.via = via, .operation = std::string(operation), .context = std::move(context)};
  audit::Event& event = call.event;
  event = audit::begin_event(call.via, "kms.amazonaws.com", call.operation);
  event.read_only = true;
  if (!call.via.via_service.empty() && event.invoked_by.empty())
    event.invoked_by = "fas.s3.amazonaws.com";
  if (event.recipient_account.empty()) event.recipient_account = call.via.principal.account;
  event.request.push_back({"encryptionContext", context_json(call.context), true});
  if (operation == "Decrypt") {
    event.request.push_back({"encryptionAlgorithm", "SYMMETRIC_DEFAULT"});
  } else {
    event.request.push_back({"keySpec", "AES_256"});
  }
  return call;
}

Secret KeyService::draw(size_t bytes) const { return crypto::random_secret(deps_.random, bytes); }

Task<Error> KeyService::refuse(DataKeyCall& call, Error error) {
  call.event.error_code = error.code;
  call.event.error_message = error.message;
  // A record that cannot be written changes nothing here: the answer is a refusal either way.
  (void)co_await deps_.audit.append(std::move(call.event));
  co_return in_our_words(std::move(error));
}

// admit takes a call from what was named to a key that may be used now. What was named is the last
// request parameter; the ARN behind it takes its place only where the call was allowed, since the
// caller's trail shows it.
Task<Result<KeyPtr>> KeyService::admit(DataKeyCall& call, Result<Target> found) {
  if (!found.ok()) co_return co_await refuse(call, std::move(found.error()));
  Target target = std::move(*found);
  if (auto sized = check_context(call.context); !sized.ok())
    co_return co_await refuse(call, std::move(sized.error()));
  if (auto judged = judge(call.via, target, call.operation, call.context, call.event.decisions);
      !judged.ok())
    co_return co_await refuse(call, std::move(judged.error()));
  call.event.request.back().value = target.arn;  // keyId
  call.event.resources.push_back({target.account, "AWS::KMS::Key", target.arn});
  auto key = co_await made(std::move(target));
  if (!key.ok()) co_return co_await refuse(call, std::move(key.error()));
  if (auto usable = check_state(**key, Needs::kEnabled); !usable.ok())
    co_return co_await refuse(call, std::move(usable.error()));
  if (auto fit = check_symmetric(**key, call.operation); !fit.ok())
    co_return co_await refuse(call, std::move(fit.error()));
  co_return key;
}

Task<Status> KeyService::copy_to_owner(audit::Event& event, std::string caller_account,
                                       KeyPtr key) {
  if (key->account == caller_account) co_return ok_status();
  if (caller_account.empty()) {  // a service's own use: nobody's but the owner's
    event.recipient_account = key->account;
    co_return ok_status();
  }
  event.shared_event_id = deps_.random.uuid();
  audit::Event copy = event;
  copy.event_id.clear();
  copy.recipient_account = key->account;
  auto appended = co_await deps_.audit.append(std::move(copy));
  if (!appended.ok()) co_return try_again();
  co_return ok_status();
}

Task<Status> KeyService::record(DataKeyCall& call, KeyPtr key, Hash256 material) {
  call.event.additional.push_back({"keyMaterialId", hex(material.view())});
  CO_TRY_OK(co_await copy_to_owner(call.event, call.via.principal.account, key));
  auto appended = co_await deps_.audit.append(std::move(call.event));
  if (!appended.ok()) co_return try_again();
  co_return ok_status();
}

Task<Result<DataKey>> KeyService::generate_data_key(const authz::RequestContext& via,
                                                    std::string identifier,
                                                    EncryptionContext context) {
  co_return co_await bucket_key(via, std::move(identifier), std::move(context), {});
}

Task<Result<DataKey>> KeyService::bucket_key(const authz::RequestContext& via,
                                             std::string identifier, EncryptionContext context,
                                             Bytes stored) {
  DataKeyCall call = begin(via, "GenerateDataKey", std::move(context));
  if (identifier.empty()) identifier = kS3AliasName;
  call.event.request.push_back({"keyId", identifier});
  CO_TRY(KeyPtr key, co_await admit(call, find(call.via, identifier, Names::kKeysAndAliases)));
  DataKey out{.key_arn = key->arn()};
  const auto header = parse_blob(stored);
  if (header && header->material == key->current().id) {
    auto opened = open_blob(*key, call.context, stored);
    if (opened.ok() && opened->plaintext.size() == kDataKeyBytes) {
      out.plaintext = std::move(opened->plaintext);
      out.ciphertext = std::move(stored);
    }
  }
  if (out.plaintext.empty()) {
    out.plaintext = draw(kDataKeyBytes);
    out.ciphertext = seal_blob(*key, call.context, out.plaintext, deps_.random);
  }
  CO_TRY_OK(co_await record(call, key, key->current().id));
  co_return out;
}

Task<Result<Secret>> KeyService::decrypt(const authz::RequestContext& via, std::string key_arn,
                                         Bytes ciphertext, EncryptionContext context) {
  DataKeyCall call = begin(via, "Decrypt", std::move(context));
  call.event.request.push_back({"keyId", key_arn});
  auto target = find(call.via, key_arn, Names::kKeysOnly);
  if (target.ok()) target->through_ciphertext = true;
  CO_TRY(KeyPtr key, co_await admit(call, std::move(target)));
  auto opened = open_blob(*key, call.context, ciphertext);
  if (!opened.ok()) co_return co_await refuse(call, std::move(opened.error()));
  CO_TRY_OK(co_await record(call, key, opened->material));
  co_return std::move(opened->plaintext);
}

Result<DataKeys::Held> KeyService::authorize_cached(const authz::RequestContext& via,
                                                    KeyAction action, const HeldKey& held) {
  static auto& avoided = Counters::process().at("kms_calls_avoided");
  const KeyPtr key = key_of_arn(held.arn);
  if (!key || key->cache_generation != held.generation) return Held::kStale;
  const std::string_view operation = action == KeyAction::kDecrypt ? "Decrypt" : "GenerateDataKey";
  const Target target{.key = key,
                      .account = key->account,
                      .arn = held.arn,
                      .aliases = alias_names(*key),
                      .through_ciphertext = action == KeyAction::kDecrypt};
  std::vector<authz::Decision> decisions;  // on record only where they are a refusal
  Status judged = judge(via, target, operation, held.context, decisions);
  if (judged.ok()) judged = check_state(*key, Needs::kEnabled);
  if (judged.ok()) {
    avoided.fetch_add(1, std::memory_order_relaxed);
    if (held.avoided) held.avoided->fetch_add(1, std::memory_order_relaxed);
    return Held::kGood;
  }
  DataKeyCall call = begin(via, operation, held.context);
  call.event.request.push_back({"keyId", held.arn});
  call.event.decisions = std::move(decisions);
  call.event.error_code = judged.error().code;
  call.event.error_message = judged.error().message;
  deps_.audit.append_later(std::move(call.event));
  return std::move(judged.error());
}

}  // namespace coffer::kms
