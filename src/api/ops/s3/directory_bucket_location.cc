#include "api/ops/s3/directory_bucket_location.h"

#include <algorithm>

namespace coffer::api::s3_ops {

// The codes are (unverified).
Status check_directory_location(const std::string& bucket, const std::optional<LocationInfo>& at,
                                const std::optional<BucketInfo>& kind,
                                const std::vector<std::string>& zones) {
  const auto refused = [](std::string why) { return Error{"InvalidRequest", std::move(why)}; };
  const auto bad_name = [&] {
    return Error{"InvalidBucketName", "The specified bucket is not valid."}.with("BucketName",
                                                                                 bucket);
  };
  const auto zone = s3::zone_of_name(bucket);
  if (!zone) return bad_name();
  if (!at || !kind)
    return refused("The configuration of a directory bucket must name its Location and Bucket.");
  if (kind->type != "Directory") return refused("The type of the bucket must be Directory.");
  if (at->type != "AvailabilityZone" ||
      kind->data_redundancy.value_or("SingleAvailabilityZone") != "SingleAvailabilityZone")
    return refused(
        "The location of the bucket must be an AvailabilityZone, with the data redundancy "
        "SingleAvailabilityZone.");
  const bool served = std::find(zones.begin(), zones.end(), *zone) != zones.end();
  if (at->name != *zone || !served) return bad_name();
  return ok_status();
}

}  // namespace coffer::api::s3_ops
