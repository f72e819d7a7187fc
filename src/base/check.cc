#include "base/check.h"

#include <cstdlib>

#include "base/log.h"

namespace coffer {

void check_failed(const char* file, int line, const char* condition) {
  log::error("check_failed",
             {{"file", file}, {"line", std::to_string(line)}, {"condition", condition}});
  std::abort();
}

}  // namespace coffer
