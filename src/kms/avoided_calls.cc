#include "kms/avoided_calls.h"

#include <functional>

namespace coffer::kms {
namespace {

constexpr size_t kPairsMax = 10'000;  // of a shard; further pairs are not told apart
constexpr std::string_view kBucketNames[] = {"aws:s3:arn", "aws:s3express:arn"};

std::string name_of(const std::string& key_arn, const EncryptionContext& context) {
  std::string out = key_arn + "\n";
  for (const std::string_view name : kBucketNames)
    if (auto found = context.find(std::string(name)); found != context.end())
      return out + found->second;
  return out;
}

}  // namespace

AvoidedCalls& AvoidedCalls::process() {
  static AvoidedCalls& calls = *new AvoidedCalls;
  return calls;
}

AvoidedCalls::Shard& AvoidedCalls::shard(std::string_view key_arn) const {
  return shards_[std::hash<std::string_view>{}(key_arn) % shards_.size()];
}

std::atomic<int64_t>* AvoidedCalls::counter(const std::string& key_arn,
                                            const EncryptionContext& context) {
  std::string name = name_of(key_arn, context);
  Shard& at = shard(key_arn);
  std::lock_guard lock(at.mutex);
  if (auto found = at.calls.find(name); found != at.calls.end()) return &found->second;
  if (at.calls.size() == kPairsMax) return nullptr;
  return &at.calls.try_emplace(std::move(name), 0).first->second;
}

std::vector<AvoidedCalls::Figure> AvoidedCalls::of_key(std::string_view key_arn) const {
  std::vector<Figure> out;
  const std::string prefix = std::string(key_arn) + "\n";
  const Shard& at = shard(key_arn);
  std::lock_guard lock(at.mutex);
  for (auto i = at.calls.lower_bound(prefix); i != at.calls.end() && i->first.starts_with(prefix);
       ++i)
    if (const int64_t calls = i->second.load(std::memory_order_relaxed); calls > 0)
      out.push_back({std::string(key_arn), i->first.substr(prefix.size()), calls});
  return out;
}

}  // namespace coffer::kms
