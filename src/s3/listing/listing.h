#pragma once
// Listing walks a bucket's keys in the order of their bytes, over all its shards, by the sealed
// heads alone: no key service, no body. Source: S3 API Reference, ListObjectsV2, ListObjects.
#include "s3/object/index.h"

namespace coffer::s3 {

struct ListOptions {
  BucketPtr bucket;
  std::string prefix;
  std::string delimiter;  // empty: none
  std::string after;      // names greater than this one; a common prefix counts as the name it is
  size_t max = 1000;      // keys and common prefixes together, 0..1000
};

struct Listed {
  struct Item {
    std::string key;
    Head head;
  };
  std::vector<Item> items;
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string last;  // the greatest name given: what the next page comes after
};

struct VersionQuery {
  BucketPtr bucket;
  std::string prefix;
  std::string delimiter;                // empty: none
  std::string after_key;                // as in ListOptions
  std::optional<VersionId> after = {};  // with it, older versions of that key, too
  size_t max = 1000;                    // versions, delete markers and common prefixes together
};

struct ListedVersions {
  struct Item {
    std::string key;
    Head head;
    bool latest = false;
  };
  std::vector<Item> items;  // by key, then the newest first
  std::vector<std::string> common_prefixes;
  bool truncated = false;
  std::string last_key;      // what the next page comes after
  std::string last_version;  // empty: a common prefix
};

class Listing {
 public:
  explicit Listing(Index& index) : index_(index) {}
  Task<Result<Listed>> list(ListOptions options);
  Task<Result<ListedVersions>> list_versions(VersionQuery query);

 private:
  Index& index_;
};

}  // namespace coffer::s3
