#include "api/ops/kms/ciphertexts.h"

#include "kms/asymmetric.h"

namespace coffer::api::kms_ops {

namespace {

Status check_no_context(const EncryptionContext& context) {
  if (context.empty()) return ok_status();
  return Error{"ValidationException",
               "EncryptionContext is not supported when encrypting/decrypting with asymmetric "
               "CMKs."};
}

}  // namespace

std::string algorithm_of(const std::optional<std::string>& asked) {
  return asked.value_or(std::string(kSymmetricSpec));
}

Demand demand_on_use(const Call& call, const Target& target, const EncryptionUse& use) {
  Demand out = demand_on(call, target, use.operation, &use.context);
  out.conditions.set("kms:EncryptionAlgorithm", use.algorithm);
  return out;
}

Status check_encryption(const Key& key, const EncryptionUse& use, size_t plaintext_bytes) {
  TRY_OK(kms::check_usage(key, kms::kEncryptDecrypt, use.operation));
  TRY_OK(kms::check_algorithm(key, use.algorithm));
  if (key.symmetric()) return ok_status();
  TRY_OK(check_no_context(use.context));
  return kms::check_length(key, use.algorithm, plaintext_bytes);
}

Task<Sealed> seal_under(Call& call, KeyPtr key, const EncryptionUse& use, const Secret& plaintext) {
  kms::KeyService& kms = *call.services.kms;
  if (key->symmetric())
    co_return Sealed{kms::seal_blob(*key, use.context, plaintext, kms.random()), key->current().id};
  co_return Sealed{co_await offload(
      kms.pool(), [&] { return kms::encrypt_rsa(*key, use.algorithm, plaintext); })};
}

Task<Result<Opened>> open_under(Call& call, KeyPtr key, const EncryptionUse& use,
                                ByteView ciphertext) {
  CO_TRY_OK(kms::check_usage(*key, kms::kEncryptDecrypt, use.operation));
  // A ciphertext that is none of a symmetric key is told before the key's spec is looked at.
  if (use.algorithm == kSymmetricSpec) CO_TRY_OK(check_named(*key, ciphertext));
  CO_TRY_OK(kms::check_algorithm(*key, use.algorithm));
  if (key->symmetric()) {
    CO_TRY(auto opened, kms::open_blob(*key, use.context, ciphertext));
    co_return Opened{std::move(opened.plaintext), opened.material};
  }
  CO_TRY_OK(check_no_context(use.context));
  CO_TRY(Secret plaintext, co_await offload(call.services.kms->pool(), [&] {
           return kms::decrypt_rsa(*key, use.algorithm, ciphertext);
         }));
  co_return Opened{std::move(plaintext), std::nullopt};
}

}  // namespace coffer::api::kms_ops
