#include "iam/signing_keys.h"

namespace coffer::iam {

constexpr char kSeparator = '\n';  // an HTTP header holds none

std::string SigningKeys::name_of(std::string_view access_key_id, std::string_view date,
                                 std::string_view region, std::string_view service) {
  std::string name;
  name.reserve(access_key_id.size() + date.size() + region.size() + service.size() + 3);
  name.append(access_key_id) += kSeparator;
  name.append(date) += kSeparator;
  name.append(region) += kSeparator;
  return name.append(service);
}

void SigningKeys::Shard::insert(const std::string& name, Entry entry) {
  if (young.size() >= kPerGeneration) old = std::exchange(young, {});
  young.insert_or_assign(name, std::move(entry));
}

SigningKeys::Key SigningKeys::find(const std::string& name, const Owner& owner) {
  Shard& s = shard(name);
  std::lock_guard lock(s.mutex);
  auto young = s.young.find(name);
  if (young != s.young.end()) return young->second.owner == owner ? young->second.key : nullptr;
  auto old = s.old.find(name);
  if (old == s.old.end() || old->second.owner != owner) return nullptr;
  Entry entry = std::move(old->second);
  s.old.erase(old);
  Key key = entry.key;
  s.insert(name, std::move(entry));
  return key;
}

void SigningKeys::put(const std::string& name, Owner owner, Key key) {
  Shard& s = shard(name);
  std::lock_guard lock(s.mutex);
  s.insert(name, {std::move(owner), std::move(key)});
}

void SigningKeys::drop(std::string_view access_key_id) {
  std::string prefix = std::string(access_key_id) + kSeparator;
  for (Shard& s : shards_) {
    std::lock_guard lock(s.mutex);
    for (Generation* g : {&s.young, &s.old})
      std::erase_if(*g, [&](const auto& e) { return e.first.starts_with(prefix); });
  }
}

void SigningKeys::clear() {
  for (Shard& s : shards_) {
    std::lock_guard lock(s.mutex);
    s.young.clear();
    s.old.clear();
  }
}

}  // namespace coffer::iam
