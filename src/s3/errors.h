#pragma once
// S3's refusals, in AWS's words. Source: S3 API Reference, "Error responses"; spec/s3.md section G
// for the extra elements.
#include <string>

#include "base/result.h"

namespace coffer::s3 {

inline Error no_such_bucket(std::string_view name) {
  return Error{"NoSuchBucket", "The specified bucket does not exist"}.with("BucketName",
                                                                           std::string(name));
}
inline Error no_such_key(std::string_view key) {
  return Error{"NoSuchKey", "The specified key does not exist."}.with("Key", std::string(key));
}
inline Error no_such_upload(std::string_view id) {
  return Error{"NoSuchUpload",
               "The specified upload does not exist. The upload ID may be invalid, or the upload "
               "may have been aborted or completed."}
      .with("UploadId", std::string(id));
}
inline Error invalid_argument(std::string message, std::string name, std::string value) {
  return Error{"InvalidArgument", std::move(message)}
      .with("ArgumentName", std::move(name))
      .with("ArgumentValue", std::move(value));
}
inline Error access_denied() { return Error{"AccessDenied", "Access Denied"}; }
inline Error precondition_failed(std::string condition) {
  return Error{"PreconditionFailed",
               "At least one of the pre-conditions you specified did not hold"}
      .with("Condition", std::move(condition));
}
inline Error malformed_xml() {
  return Error{
      "MalformedXML",
      "The XML you provided was not well-formed or did not validate against our published schema"};
}
inline Error slow_down() { return Error{"SlowDown", "Please reduce your request rate."}; }
inline Error not_implemented(std::string header) {
  return Error{"NotImplemented",
               "A header you provided implies functionality that is not implemented"}
      .with("Header", std::move(header));
}

}  // namespace coffer::s3
