#pragma once
// ContentKeys are an object's opened keys. They stay within s3/, as Secrets.
#include <optional>

#include "base/secret.h"

namespace coffer::s3 {

struct ContentKeys {
  Secret data_key;
  Secret manifest_key;
  std::optional<Secret> inner_key;  // DSSE-KMS: of the inner layer; the data key seals the outer
  unsigned layers() const { return inner_key ? 2 : 1; }
};

}  // namespace coffer::s3
