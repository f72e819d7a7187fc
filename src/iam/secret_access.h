#pragma once
#include "base/secret.h"

namespace coffer {
// IamAccess is iam's own right to look at access keys' secrets. No other room includes this file.
struct IamAccess {
  static SecretAccess get() { return SecretAccess(); }
};
}  // namespace coffer
