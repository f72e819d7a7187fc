#pragma once
// SigningKeys caches SigV4 signing keys by access key, date, Region and service. A key is only
// answered for the very record of the access key that it was derived from: a deactivated, deleted
// or replaced access key has none. Bounded; safe from any thread.
#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/secret.h"

namespace coffer::iam {

class SigningKeys {
 public:
  using Key = std::shared_ptr<const Secret>;
  using Owner = std::shared_ptr<const void>;  // the access key's record
  static std::string name_of(std::string_view access_key_id, std::string_view date,
                             std::string_view region, std::string_view service);

  Key find(const std::string& name, const Owner& owner);
  void put(const std::string& name, Owner owner, Key key);
  void drop(std::string_view access_key_id);
  void clear();

 private:
  static constexpr size_t kPerGeneration = 1024;  // of a shard
  struct Entry {
    Owner owner;
    Key key;
  };
  using Generation = std::unordered_map<std::string, Entry>;
  // A full generation becomes the old one; what is still used moves over from there, the rest goes
  // with the next change.
  struct Shard {
    std::mutex mutex;
    Generation young, old;
    void insert(const std::string& name, Entry entry);
  };
  Shard& shard(const std::string& name) {
    return shards_[std::hash<std::string>{}(name) % shards_.size()];
  }
  std::array<Shard, 16> shards_;
};

}  // namespace coffer::iam
