#pragma once
// AvoidedCalls counts the calls of the key service that Bucket Keys saved, by KMS key and bucket.
// Since the server was started. Threads: any.
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "kms/data_keys.h"

namespace coffer::kms {

class AvoidedCalls {
 public:
  struct Figure {
    std::string key_arn, bucket_arn;
    int64_t calls = 0;
  };
  static AvoidedCalls& process();

  // counter is where the uses of a bucket key that is held under this context count; null: there
  // are more pairs than are told apart. It lives as long as the process.
  std::atomic<int64_t>* counter(const std::string& key_arn, const EncryptionContext& context);
  std::vector<Figure> of_key(std::string_view key_arn) const;

 private:
  struct Shard {
    mutable std::mutex mutex;
    std::map<std::string, std::atomic<int64_t>, std::less<>>
        calls;  // key ARN, line feed, bucket ARN
  };
  Shard& shard(std::string_view key_arn) const;
  mutable std::array<Shard, 16> shards_;
};

}  // namespace coffer::kms
