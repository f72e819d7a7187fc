#pragma once
// Custom key stores keep key material in a CloudHSM cluster or behind an external key manager.
// There are none here: describing them finds none, and the rest is refused once the caller's right
// to ask is decided. Pure; any thread. Source: KMS API Reference, the operations on custom key
// stores.
#include "api/ops/kms/keys.h"

namespace coffer::api::kms_ops {

// CustomKeyStoreOnly is the input of operations that take a store and nothing else.
struct CustomKeyStoreOnly {
  std::string id;
  static constexpr auto shape() {
    return fields(body<&CustomKeyStoreOnly::id>("CustomKeyStoreId", {.min = 1, .max = 64}));
  }
  void note_on(Call& call) const { note(call, "customKeyStoreId", id); }
};

inline Error custom_key_stores_unsupported() {
  return {"UnsupportedOperationException", "Custom key stores are not supported."};
}
inline Error custom_key_store_not_found(std::string_view name) {
  return {"CustomKeyStoreNotFoundException",
          fmt::format("Custom key store {} was not found.", name)};
}

}  // namespace coffer::api::kms_ops
