#include "store/meta_store.h"

namespace coffer::store {

std::string after_prefix(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty() && static_cast<unsigned char>(out.back()) == 0xff) out.pop_back();
  if (!out.empty()) out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

Range prefix_range(std::string_view prefix) { return {std::string(prefix), after_prefix(prefix)}; }

Error error_of(Commit outcome) {
  switch (outcome) {
    case Commit::kBusy:
      return {"SlowDown", "Please reduce your request rate."};
    case Commit::kFull:
    case Commit::kUnavailable:
      return {"ServiceUnavailable", "Service is unable to handle request."};
    case Commit::kConflict:
      return {"OperationAborted",
              "A conflicting conditional operation is currently in progress against this resource. "
              "Please try again."};
    case Commit::kUnknown:
      return internal_error("the outcome of a commit is unknown");
    case Commit::kDone:
      break;
  }
  CHECK(outcome != Commit::kDone);
  return internal_error("no such outcome");
}

}  // namespace coffer::store
