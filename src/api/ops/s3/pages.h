#pragma once
// Pages of lists: tokens, encodings, the objects as they are listed. Source: S3 API Reference,
// ListObjects, ListObjectsV2.
#include <optional>
#include <string>

#include "api/ops/s3/common.h"

namespace coffer::api::s3_ops {

// A token is opaque to the client: the name after which the next page begins. parse_token: Error
// InvalidArgument; empty where none was sent.
std::string make_token(std::string_view last);
Result<std::string> parse_token(const std::optional<std::string>& token,
                                std::string_view parameter);

// KeyEncoding writes keys as the client asked for them: as they are, or percent-encoded where XML
// could not carry them.
class KeyEncoding {
 public:
  static Result<KeyEncoding> parse(const std::optional<std::string>& encoding_type);
  std::string operator()(std::string_view key) const;
  std::optional<std::string> if_sent(const std::optional<std::string>& key) const;

 private:
  bool url_ = false;
};

// ListQuery is what both lists of objects take.
struct ListQuery {
  BucketName at;
  std::optional<std::string> prefix, delimiter, encoding_type;
  std::optional<int64_t> max_keys;
  static constexpr auto shape() {
    using Q = ListQuery;
    return fields(group<&Q::at>(), query<&Q::prefix>("prefix"), query<&Q::delimiter>("delimiter"),
                  query<&Q::encoding_type>("encoding-type"),
                  query<&Q::max_keys>("max-keys", {.min = 0}));
  }
  size_t max() const;  // what is given at most, whatever was asked for
};
std::vector<Demand> list_demands(const ListQuery& in, const Bucket& bucket,
                                 const char* action = "s3:ListBucket");

struct ListedObject {
  std::string key, etag, storage_class;
  Timestamp last_modified;
  std::vector<std::string> checksum_algorithms;
  std::optional<std::string> checksum_type;
  int64_t size = 0;
  std::optional<Owner> owner;
  static constexpr auto shape() {
    using O = ListedObject;
    return fields(body<&O::key>("Key"), body<&O::last_modified>("LastModified"),
                  body<&O::etag>("ETag"),
                  body<&O::checksum_algorithms>("ChecksumAlgorithm", {.flattened = true}),
                  body<&O::checksum_type>("ChecksumType"), body<&O::size>("Size"),
                  body<&O::owner>("Owner"), body<&O::storage_class>("StorageClass"));
  }
};
// Initiator is who began an upload.
struct Initiator {
  std::string id, display_name;
  static constexpr auto shape() {
    return fields(body<&Initiator::id>("ID"), body<&Initiator::display_name>("DisplayName"));
  }
};
struct CommonPrefix {
  std::string prefix;
  static constexpr auto shape() { return fields(body<&CommonPrefix::prefix>("Prefix")); }
};
std::vector<ListedObject> listed_objects(const s3::Listed& page, const KeyEncoding& encode,
                                         const std::optional<Owner>& owner);
std::vector<CommonPrefix> common_prefixes(const std::vector<std::string>& prefixes,
                                          const KeyEncoding& encode);

}  // namespace coffer::api::s3_ops
