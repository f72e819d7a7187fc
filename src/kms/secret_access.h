#pragma once
#include "base/secret.h"

namespace coffer {
// KmsAccess is the key service's own right to look at keys. No other room includes this file.
struct KmsAccess {
  static SecretAccess get() { return SecretAccess(); }
};
}  // namespace coffer
