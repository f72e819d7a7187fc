#pragma once
// RecordMap mirrors the rows of one prefix, of many partitions, as immutable typed records in a
// sharded map, so that reading one takes no I/O: the lock is held for a pointer's copy. A record
// and the bytes it was read from stay together: a change commits with Expect on those bytes, and
// put() shows it only after the commit.
//
// Threads: any. Owner loads it once at start (load), then keeps it current by put and erase after
// its own commits, or from watch.
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace coffer::store {

template <class T>
class RecordMap {
 public:
  struct Entry {
    T value;
    Bytes raw;  // the row's exact bytes, for Expect
  };
  using Ptr = std::shared_ptr<const Entry>;

  // find answers the record of `id` in `scope` (an account ID, say), or null.
  Ptr find(std::string_view scope, std::string_view id) const {
    const Shard& s = shard(scope);
    std::shared_lock lock(s.mutex);
    auto i = s.scopes.find(scope);
    if (i == s.scopes.end()) return nullptr;
    auto j = i->second.find(id);
    return j == i->second.end() ? nullptr : j->second;
  }
  // list answers up to `max` records of `scope` with id > `after`, in byte order of id.
  std::vector<std::pair<std::string, Ptr>> list(std::string_view scope, std::string_view after,
                                                size_t max) const {
    std::vector<std::pair<std::string, Ptr>> out;
    const Shard& s = shard(scope);
    std::shared_lock lock(s.mutex);
    auto i = s.scopes.find(scope);
    if (i == s.scopes.end()) return out;
    for (auto j = after.empty() ? i->second.begin() : i->second.upper_bound(after);
         j != i->second.end() && out.size() < max; ++j)
      out.emplace_back(j->first, j->second);
    return out;
  }
  size_t count(std::string_view scope) const {
    const Shard& s = shard(scope);
    std::shared_lock lock(s.mutex);
    auto i = s.scopes.find(scope);
    return i == s.scopes.end() ? 0 : i->second.size();
  }
  Ptr put(std::string_view scope, std::string_view id, T value, Bytes raw) {
    auto entry = std::make_shared<const Entry>(Entry{std::move(value), std::move(raw)});
    Shard& s = shard(scope);
    std::unique_lock lock(s.mutex);
    s.scopes[std::string(scope)].insert_or_assign(std::string(id), entry);
    return entry;
  }
  void erase(std::string_view scope, std::string_view id) {
    Shard& s = shard(scope);
    std::unique_lock lock(s.mutex);
    auto i = s.scopes.find(scope);
    if (i == s.scopes.end()) return;
    auto j = i->second.find(id);
    if (j != i->second.end()) i->second.erase(j);
    if (i->second.empty()) s.scopes.erase(i);
  }
  std::vector<std::string> scopes() const {
    std::vector<std::string> out;
    for (const Shard& s : shards_) {
      std::shared_lock lock(s.mutex);
      for (const auto& [name, _] : s.scopes) out.push_back(name);
    }
    return out;
  }
  void clear() {
    for (Shard& s : shards_) {
      std::unique_lock lock(s.mutex);
      s.scopes.clear();
    }
  }

 private:
  struct Shard {
    mutable std::shared_mutex mutex;
    std::map<std::string, std::map<std::string, Ptr, std::less<>>, std::less<>> scopes;
  };
  Shard& shard(std::string_view scope) {
    return shards_[std::hash<std::string_view>{}(scope) % shards_.size()];
  }
  const Shard& shard(std::string_view scope) const {
    return shards_[std::hash<std::string_view>{}(scope) % shards_.size()];
  }
  std::array<Shard, 16> shards_;
};

}  // namespace coffer::store
