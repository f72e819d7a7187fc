#pragma once
#include "base/secret.h"

namespace coffer {
// SealAccess is seal's own right to look at keys. No other room includes this file.
struct SealAccess {
  static SecretAccess get() { return SecretAccess(); }
};
}  // namespace coffer
