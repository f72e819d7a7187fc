#pragma once
// Admin is the work behind the subcommands: what ops/coffer/ calls for an operator.
#include "admin/fsck.h"

namespace coffer::admin {

class Admin {
 public:
  explicit Admin(Fsck::Deps deps) : deps_(std::move(deps)) {}

  // fsck checks the whole store; slow, and safe while the server works.
  Task<Result<FsckReport>> fsck(FsckOptions options);

 private:
  Fsck::Deps deps_;
};

// render is a report in the lines that `coffer fsck` prints; the last one is "clean", or how many
// findings there are.
std::string render(const FsckReport& report);

}  // namespace coffer::admin
