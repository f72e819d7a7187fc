#pragma once
#include "base/secret.h"

namespace coffer {
// ResponseAccess is the response encoder's right: a Secret member is written into the one response
// that it belongs to, and nowhere else.
struct ResponseAccess {
  static SecretAccess get() { return SecretAccess(); }
};
}  // namespace coffer
