#pragma once
// Our own failures in the key service's words; the client may retry both.
#include "base/result.h"

namespace coffer::kms {

inline Error try_again() {
  return {"KMSInternalException",
          "The request was rejected because an internal exception occurred. The request can be "
          "retried."};
}
inline Error store_unavailable() {
  return {"DependencyTimeoutException",
          "The system timed out while trying to fulfill the request. You can retry the request."};
}
// in_our_words turns an error of the rooms below into ours; a refusal in AWS's words stays.
inline Error in_our_words(Error error) {
  const bool ours = error.code.starts_with("Internal") || error.code == "ServiceUnavailable" ||
                    error.code == "SlowDown";
  return ours ? try_again() : error;
}

}  // namespace coffer::kms
