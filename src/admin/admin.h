#pragma once
// Admin is the work behind the subcommands: what ops/coffer/ calls for an operator.
#include "admin/fsck.h"

namespace coffer::admin {

class Admin {
 public:
  explicit Admin(Fsck::Deps deps) : deps_(std::move(deps)) {}

  // fsck checks the whole store; slow, and safe while the server works.
  Task<Result<FsckReport>> fsck(FsckOptions options);
  // explain answers what the audit log knows of a request, newest first: who asked, what was decided, by which statement.
  Task<Result<std::vector<audit::Event>>> explain(std::string request_id);

 private:
  Fsck::Deps deps_;
};

// render is a report in the lines that `coffer fsck` prints.
std::string render(const FsckReport& report);
// render_explanation is an event's decisions in sentences.
std::string render_explanation(const audit::Event& event);

}  // namespace coffer::admin
