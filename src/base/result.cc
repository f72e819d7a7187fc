#include "base/result.h"

#include "base/log.h"

namespace coffer {

Error internal_error(std::string_view what) {
  log::error("internal_error", {{"what", std::string(what)}});
  return Error{"InternalError", "We encountered an internal error. Please try again."};
}

}  // namespace coffer
