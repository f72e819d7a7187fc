#include "api/ops/kms/data_key_pair.h"

namespace coffer::api::kms_ops {

Task<Result<Target>> data_key_pair_facts(Call& call, const DataKeyPairRequest& request) {
  note(call, "keyPairSpec", request.spec);
  note_context(call, "encryptionContext", request.context);
  return key_named(call, request.key_id, Names::kKeysAndAliases);
}

Demand data_key_pair_demand(const Call& call, const Target& target,
                            const DataKeyPairRequest& request, std::string_view operation) {
  Demand out = demand_on(call, target, operation, &request.context);
  out.conditions.set("kms:DataKeyPairSpec", request.spec);
  return out;
}

Task<Result<MadeKeyPair>> make_data_key_pair(Call& call, Target target,
                                             const DataKeyPairRequest& request,
                                             std::string_view operation) {
  kms::KeyService& kms = *call.services.kms;
  CO_TRY_OK(check_grant_tokens(call, request.grant_tokens));
  CO_TRY(KeyPtr key, co_await key_for_use(call, std::move(target), request.context));
  CO_TRY_OK(kms::check_symmetric(*key, operation));
  if (!kms::key_pair_type(request.spec))
    co_return Error{"UnsupportedOperationException",
                    fmt::format("KeyPairSpec {} is not supported.", request.spec)};
  if (request.dry_run.value_or(false)) co_return dry_run_succeeded();
  kms::KeyPair pair = co_await kms.new_key_pair(request.spec);
  MadeKeyPair out{.plaintext = std::move(pair.private_key)};
  out.sealed = {
      .key_arn = key->arn(), .spec = request.spec, .material_id = material_hex(key->current().id)};
  out.sealed.ciphertext.bytes = kms::seal_blob(*key, request.context, out.plaintext, kms.random());
  out.sealed.public_key.bytes = std::move(pair.public_key);
  CO_TRY_OK(co_await used(call, key, key->current().id));
  co_return out;
}

}  // namespace coffer::api::kms_ops
