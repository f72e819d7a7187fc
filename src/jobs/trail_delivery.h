#pragma once
// TrailDelivery puts what trails have to deliver into their buckets, as the service principal
// cloudtrail.amazonaws.com and through the dispatcher: the bucket's policy decides, and the key's
// where there is one. Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail".
#include "api/dispatcher.h"
#include "audit/trails.h"

namespace coffer::jobs {

class TrailDelivery {
 public:
  TrailDelivery(api::Dispatcher& dispatcher, audit::Trails& trails);

  // deliver puts what is due of one trail; `urgent`: all that there is. The error is the bucket's
  // or the key's; what could not be put is tried again.
  Task<Status> deliver(std::string account, std::string trail, bool urgent);
  // round delivers what is due of every trail.
  Task<Unit> round();

 private:
  Task<Status> put(const audit::Parcel& parcel);

  api::Dispatcher& dispatcher_;
  audit::Trails& trails_;
  std::atomic<int64_t>&files_, &failures_;
};

}  // namespace coffer::jobs
