#include "api/ops/kms/data_key.h"

namespace coffer::api::kms_ops {

Status check_data_key(const DataKeyRequest& request) {
  if (request.number_of_bytes.has_value() != request.key_spec.has_value()) return ok_status();
  return Error{"ValidationException", "Please specify either number of bytes or key spec."};
}

Task<Result<Target>> data_key_facts(Call& call, const DataKeyRequest& request) {
  note(call, "keySpec", request.key_spec);
  note_number(call, "numberOfBytes", request.number_of_bytes);
  note_context(call, "encryptionContext", request.context);
  return key_named(call, request.key_id, Names::kKeysAndAliases);
}

Task<Result<MadeDataKey>> make_data_key(Call& call, Target target, const DataKeyRequest& request,
                                        std::string_view operation) {
  kms::KeyService& kms = *call.services.kms;
  CO_TRY_OK(check_grant_tokens(call, request.grant_tokens));
  MadeDataKey out;
  CO_TRY(out.key, co_await key_for_use(call, std::move(target), request.context));
  CO_TRY_OK(kms::check_symmetric(*out.key, operation));
  if (request.dry_run.value_or(false)) co_return dry_run_succeeded();
  out.plaintext = kms.draw(request.bytes());
  out.ciphertext = kms::seal_blob(*out.key, request.context, out.plaintext, kms.random());
  CO_TRY_OK(co_await used(call, out.key, out.key->current().id));
  co_return out;
}

}  // namespace coffer::api::kms_ops
