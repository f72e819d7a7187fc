// CreateKey makes a KMS key: a symmetric encryption key with its first backing key, a key pair, or
// an HMAC key. Source: docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

constexpr std::string_view kSpecNames =
    "SYMMETRIC_DEFAULT|RSA_2048|RSA_3072|RSA_4096|ECC_NIST_P256|ECC_NIST_P384|ECC_NIST_P521|ECC_"
    "SECG_P256K1|ECC_NIST_EDWARDS25519|"
    "HMAC_224|HMAC_256|HMAC_384|HMAC_512|SM2|ML_DSA_44|ML_DSA_65|ML_DSA_87";

constexpr std::string_view kNotServed = "ECC_NIST_EDWARDS25519|SM2|ML_DSA_44|ML_DSA_65|ML_DSA_87";

struct CreateKey {
  struct Input {
    std::optional<std::string> policy, description, key_usage, key_spec, legacy_spec, origin;
    std::optional<bool> bypass_lockout_check, multi_region;
    std::vector<TagEntity> tags;
    std::string spec() const {
      return key_spec.value_or(legacy_spec.value_or(std::string(kSymmetricSpec)));
    }
    std::string usage() const { return key_usage.value_or("ENCRYPT_DECRYPT"); }
  };
  struct Output {
    KeyMetadata metadata;
  };

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "CreateKey", .body_bytes_max = kPolicyBodyMax};
  static constexpr auto input = fields(
      body<&Input::policy>("Policy", {.min = 1, .max = kPolicyMax}),
      body<&Input::description>("Description", {.max = 8192}),
      body<&Input::key_usage>(
          "KeyUsage", {.values = "SIGN_VERIFY|ENCRYPT_DECRYPT|GENERATE_VERIFY_MAC|KEY_AGREEMENT"}),
      body<&Input::legacy_spec>("CustomerMasterKeySpec", {.values = kSpecNames}),
      body<&Input::key_spec>("KeySpec", {.values = kSpecNames}),
      body<&Input::origin>("Origin",
                           {.values = "AWS_KMS|EXTERNAL|AWS_CLOUDHSM|EXTERNAL_KEY_STORE"}),
      body<&Input::bypass_lockout_check>("BypassPolicyLockoutSafetyCheck"),
      body<&Input::multi_region>("MultiRegion"),
      body<&Input::tags>("Tags", {.min = 0, .max = 200}));
  static constexpr auto output = fields(body<&Output::metadata>("KeyMetadata"));

  static Status check_spec(const Input& in) {
    if (in.key_spec && in.legacy_spec)
      return Error{"ValidationException",
                   "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. "
                   "CustomerMasterKeySpec is deprecated."};
    const std::string spec = in.spec(), usage = in.usage();
    if (spec != kSymmetricSpec && !in.key_usage)
      return Error{"ValidationException",
                   "You must specify a KeyUsage value for all KMS keys except for symmetric "
                   "encryption keys."};
    if (kms::lists(kNotServed, spec) || kms::suite_of(spec, usage) != nullptr) return ok_status();
    return Error{"ValidationException",
                 fmt::format("KeyUsage {} is not compatible with KeySpec {}", usage, spec)};
  }
  static Status validate(const Input& in, Call& call) {
    note(call, "keySpec", in.spec());
    note(call, "keyUsage", in.usage());
    note(call, "origin", in.origin.value_or("AWS_KMS"));
    note(call, "description", in.description.value_or(""));
    note(call, "policy", in.policy);
    note_flag(call, "bypassPolicyLockoutSafetyCheck", in.bypass_lockout_check.value_or(false));
    note_flag(call, "multiRegion", in.multi_region);
    note_tags(call, in.tags);
    TRY_OK(check_spec(in));
    return check_tags(in.tags);
  }
  static std::vector<Demand> demands(const Input& in, const Call& call) {
    std::vector<Demand> out{demand_without_key(call, "CreateKey")};
    auto& conditions = out[0].conditions;
    conditions.set("kms:KeySpec", in.spec());
    conditions.set("kms:KeyUsage", in.usage());
    conditions.set("kms:KeyOrigin", in.origin.value_or("AWS_KMS"));
    conditions.set("kms:MultiRegion",
                   std::string(in.multi_region.value_or(false) ? "true" : "false"));
    if (in.multi_region.value_or(false))
      conditions.set("kms:MultiRegionKeyType", std::string("PRIMARY"));
    conditions.set("kms:BypassPolicyLockoutSafetyCheck",
                   std::string(in.bypass_lockout_check.value_or(false) ? "true" : "false"));
    kms::set_tag_conditions(out[0], tags_of(in.tags));
    if (in.tags.empty()) return out;
    out.push_back(demand_without_key(call, "TagResource"));
    kms::set_tag_conditions(out[1], tags_of(in.tags));
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    if (kms::lists(kNotServed, in->spec()))
      co_return Error{"UnsupportedOperationException",
                      fmt::format("KeySpec {} is not supported.", in->spec())};
    if (in->origin.value_or("AWS_KMS") != "AWS_KMS")
      co_return Error{"UnsupportedOperationException",
                      "Only keys whose material this service generates are supported."};
    kms::NewKey wanted{.policy = in->policy,
                       .description = in->description.value_or(""),
                       .tags = tags_of(in->tags)};
    wanted.bypass_lockout_check = in->bypass_lockout_check.value_or(false);
    wanted.spec = in->spec();
    wanted.usage = in->usage();
    wanted.multi_region = in->multi_region.value_or(false);
    CO_TRY(KeyPtr key,
           co_await call.services.kms->create_key(call.caller, std::move(wanted), call.draft));
    Output out{metadata_of(*key)};
    note_resource(call, *key);
    call.draft.event.response.push_back({"keyMetadata", metadata_json(out.metadata), true});
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, CreateKey);

}  // namespace coffer::api
