#pragma once
// Admin is the work behind the subcommands: what ops/coffer/ calls for an operator.
#include "admin/fsck.h"
#include "admin/object_proof.h"

namespace coffer::admin {

class Admin {
 public:
  explicit Admin(Fsck::Deps deps) : deps_(std::move(deps)) {}

  // fsck checks the whole store; slow, and safe while the server works.
  Task<Result<FsckReport>> fsck(FsckOptions options);
  // prove shows what lies on disk for one object, or one version of it.
  Task<Result<ObjectProof>> prove(std::string bucket, std::string key,
                                  std::optional<std::string> version_id);

 private:
  Fsck::Deps deps_;
};

// render is a report in the lines that `coffer fsck` prints; the last one is "clean", or how many
// findings there are.
std::string render(const FsckReport& report);

}  // namespace coffer::admin
