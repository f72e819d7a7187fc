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

class Listing {
 public:
  explicit Listing(Index& index) : index_(index) {}
  Task<Result<Listed>> list(ListOptions options);

 private:
  Index& index_;
};

}  // namespace coffer::s3
