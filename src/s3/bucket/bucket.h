#pragma once
// Bucket is a bucket's record: immutable in memory, one sealed row on disk
// (docs/formats/bucket.md).
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "authz/policy.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/meta_store.h"

namespace coffer::s3 {

enum class BucketKind : uint8_t { kGeneralPurpose = 1, kDirectory = 2 };
enum class BucketState : uint8_t { kCreating = 1, kLive = 2, kDeleting = 3 };
// KindRules are what a bucket's kind decides: every special case of directory buckets reads from
// here. Source: S3 User Guide, "Differences for directory buckets"; spec/s3.md C.
struct KindRules {
  std::string_view service;       // of actions, and of kms:ViaService
  std::string_view context_name;  // of the pair that S3 puts into an encryption context
  bool context_names_object;      // where no Bucket Key is used
  bool copies_use_bucket_key;
  std::string_view storage_class;  // of an object whose request names none
  bool md5_etags;                  // under SSE-S3
  bool consecutive_parts;          // of a completed upload, from 1
  bool one_shard;                  // of the index: a rename moves a key within one
  bool uploads_keep_it;            // a bucket with uploads under way cannot be deleted
};
const KindRules& rules_of(BucketKind kind);
// kind_of_name tells a bucket's kind as every client does.
BucketKind kind_of_name(std::string_view name);

// Versioning never goes back to kNever. Suspended, writes make or replace the null version.
enum class Versioning : uint8_t { kNever = 0, kEnabled = 1, kSuspended = 2 };
enum class Algorithm : uint8_t { kAes256 = 1, kKms = 2, kKmsDsse = 3, kCustomer = 4 };

std::string_view algorithm_name(Algorithm a);  // "AES256", "aws:kms", "aws:kms:dsse"
std::optional<Algorithm> parse_algorithm(std::string_view name);

// BucketEncryption is the default encryption: of the bucket's rule where one was put, else SSE-S3.
struct BucketEncryption {
  bool configured = false;  // put explicitly (an in-place copy without changes is then allowed)
  Algorithm algorithm = Algorithm::kAes256;
  std::string kms_key_id;  // as given: an ID, an ARN, an alias; empty: aws/s3
  bool bucket_key = false;
  bool block_sse_c = true;  // since April 2026 new buckets refuse SSE-C uploads
};

struct Configurations;  // s3/bucket/configuration.h

struct Bucket {
  std::string name;
  Id128 instance{};  // drawn at each creation: a bucket of the same name made again is another one
  BucketKind kind = BucketKind::kGeneralPurpose;
  BucketState state = BucketState::kLive;
  std::string owner;  // account ID
  std::string region;
  std::string zone;  // of a directory bucket
  UnixMs created_ms = 0;
  uint32_t shards = 1;
  uint64_t generation = 1;  // grows with each change of the record
  BucketEncryption encryption;
  Versioning versioning = Versioning::kNever;
  std::string policy_text;
  std::map<std::string, std::string> policy_bindings;    // principal ARN -> unique ID
  std::shared_ptr<const authz::Policy> policy;           // compiled; null: none
  std::shared_ptr<const Configurations> configurations;  // null: as every new bucket's
  std::string life_key_arn;  // of a directory bucket: the one KMS key of its life; empty: none yet

  std::string arn() const;
  const KindRules& rules() const { return rules_of(kind); }
  // place is where its blobs lie.
  const std::string& place() const { return zone; }
  store::Partition shard(uint32_t i) const;
  uint32_t shard_of(std::string_view key) const;
  store::Partition partition_of(std::string_view key) const { return shard(shard_of(key)); }
  // fence_row is what every object batch expects of its shard: it changes when the bucket is
  // deleted.
  store::Row fence_row() const;
};

// The head is guarded and small; the policy, up to 20 KiB, and the configurations lie in rows
// beside it (empty: none), whose hashes the head holds.
Bytes encode_bucket(const Bucket& bucket);
Bytes encode_bucket_policy(const Bucket& bucket);
Bytes encode_bucket_configurations(const Bucket& bucket);
Result<std::shared_ptr<const Configurations>> decode_bucket_configurations(ByteView row);
Result<Bucket> decode_bucket(ByteView head, ByteView policy, ByteView configurations = {});

// valid_bucket_name holds S3's rules for general purpose buckets.
// Source: S3 User Guide, "General purpose bucket naming rules".
bool valid_bucket_name(std::string_view name);
// zone_of_name answers the zone in a directory bucket's name, BASE--ZONE--x-s3; nullopt where it is
// no valid one. Source: S3 User Guide, "Directory bucket naming rules".
std::optional<std::string_view> zone_of_name(std::string_view name);

}  // namespace coffer::s3
