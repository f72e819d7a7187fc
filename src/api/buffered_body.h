#pragma once
// Bodies that fit into memory: read within the operation's bound, every announced check done.
#include <atomic>

#include "api/object_body.h"

namespace coffer::api {

// BodyBudget bounds what all buffered bodies take together.
class BodyBudget {
 public:
  explicit BodyBudget(size_t bytes_max) : bytes_max_(bytes_max) {}

 private:
  friend class BodyShare;
  const size_t bytes_max_;
  std::atomic<size_t> held_{0};
};

// BodyShare is one request's part of the budget, given back at its end. Without a budget (our own
// work) it bounds nothing.
class BodyShare {
 public:
  explicit BodyShare(BodyBudget* budget) : budget_(budget) {}
  ~BodyShare() {
    if (budget_) budget_->held_.fetch_sub(held_, std::memory_order_relaxed);
  }
  BodyShare(const BodyShare&) = delete;
  BodyShare& operator=(const BodyShare&) = delete;
  // reach asks for `bytes` in all. Error: SlowDown.
  Status reach(size_t bytes);

 private:
  BodyBudget* const budget_;
  size_t held_ = 0;
};

struct BufferedRules {
  size_t bytes_max = 0;
  bool checksum_required = false;   // Content-MD5 or an x-amz-checksum-* header or trailer
  bool checksum_of_object = false;  // x-amz-checksum-* is not this body's
};

// read_all reads a body that no encoding covers (awsJson, awsQuery). Errors: RequestEntityTooLarge,
// SlowDown.
Task<Result<Bytes>> read_all(const net::Request& request, net::BodySource& source, size_t bytes_max,
                             BodyShare& share);

// read_checked reads a restXml body: its encoding taken off, its hash, Content-MD5 and checksum
// verified. Errors: those of PayloadBody, MaxMessageLengthExceeded, InvalidDigest, BadDigest,
// InvalidRequest.
Task<Result<Bytes>> read_checked(const net::Request& request, net::BodySource& source,
                                 PayloadPlan plan, BufferedRules rules, BodyShare& share);

}  // namespace coffer::api
