#include "api/ops/kms/signatures.h"

namespace coffer::api::kms_ops {

Task<Result<Target>> signing_facts(Call& call, const SigningRequest& request) {
  note(call, "messageType", request.type());
  note(call, "signingAlgorithm", request.algorithm);
  return key_named(call, request.key_id, Names::kKeysAndAliases);
}

Demand signing_demand(const Call& call, const Target& target, const SigningRequest& request,
                      std::string_view operation) {
  Demand out = demand_on(call, target, operation);
  out.conditions.set("kms:SigningAlgorithm", request.algorithm);
  out.conditions.set("kms:MessageType", request.type());
  return out;
}

Task<Result<SigningUse>> signing_use(Call& call, Target target, const SigningRequest& request,
                                     std::string_view operation) {
  CO_TRY_OK(check_grant_tokens(call, request.grant_tokens));
  SigningUse out;
  CO_TRY(out.key, co_await key_for(call, std::move(target),
                                   {operation, kms::kSignVerify, request.algorithm}));
  if (request.type() == "EXTERNAL_MU")
    co_return Error{"ValidationException",
                    fmt::format("Message type {} is incompatible with key spec {}.", request.type(),
                                out.key->spec)};
  CO_TRY(out.digest, kms::digest_to_sign(request.algorithm, request.type(), request.message));
  co_return out;
}

}  // namespace coffer::api::kms_ops
