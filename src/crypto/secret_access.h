#pragma once
#include "base/secret.h"

namespace coffer {
// CryptoAccess is crypto's own right to look at keys. No other room includes this file.
struct CryptoAccess {
  static SecretAccess get() { return SecretAccess(); }
};
}  // namespace coffer
