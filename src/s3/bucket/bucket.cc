#include "s3/bucket/bucket.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"

namespace coffer::s3 {

namespace {
constexpr uint8_t kBucketVersion = 1;
constexpr uint8_t kBucketWithVersioning = 2;
constexpr uint8_t kBucketWithFields = 3;
constexpr uint8_t kConfigurationsHash = 1;  // the numbers of fields
constexpr uint8_t kLifeKeyArn = 2;
constexpr std::string_view kDirectorySuffix = "--x-s3";

constexpr KindRules kGeneralPurposeRules{.service = "s3",
                                         .context_name = "aws:s3:arn",
                                         .context_names_object = true,
                                         .copies_use_bucket_key = true,
                                         .storage_class = "STANDARD",
                                         .md5_etags = true,
                                         .consecutive_parts = false,
                                         .one_shard = false,
                                         .uploads_keep_it = false};
constexpr KindRules kDirectoryRules{.service = "s3express",
                                    .context_name = "aws:s3express:arn",
                                    .context_names_object = false,
                                    .copies_use_bucket_key = false,
                                    .storage_class = "EXPRESS_ONEZONE",
                                    .md5_etags = false,
                                    .consecutive_parts = true,
                                    .one_shard = true,
                                    .uploads_keep_it = true};

constexpr uint8_t kPolicyVersion = 1;

bool name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool reserved_prefix(std::string_view name) {
  for (std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"})
    if (name.starts_with(prefix)) return true;
  return false;
}

bool looks_like_ip(std::string_view name) {
  int dots = 0;
  for (char c : name) {
    if (c == '.')
      ++dots;
    else if (c < '0' || c > '9')
      return false;
  }
  return dots == 3;
}

Hash256 policy_hash(const Bucket& b) { return crypto::sha256(encode_bucket_policy(b)); }

// The fields of a head that has any, each a number and its bytes.
void encode_fields(Writer& w, ByteView configurations, const std::string& life_key_arn) {
  w.varint((configurations.empty() ? 0 : 1) + (life_key_arn.empty() ? 0 : 1));
  if (!configurations.empty())
    w.u8(kConfigurationsHash).bytes(crypto::sha256(configurations).view());
  if (!life_key_arn.empty()) w.u8(kLifeKeyArn).bytes(life_key_arn);
}

// decode_fields answers whether the head seals configurations.
Result<bool> decode_fields(Reader& r, ByteView configurations, std::string& life_key_arn) {
  bool sealed = false;
  for (size_t i = r.count(2); i > 0; --i) {
    const uint8_t field = r.u8();
    const ByteView value = r.bytes();
    if (field == kLifeKeyArn) {
      life_key_arn = std::string(value);
    } else if (field != kConfigurationsHash) {
      return internal_error("bucket row: unknown field");
    } else if (value != crypto::sha256(configurations).view()) {
      return internal_error("bucket configurations row: not the one that the record seals");
    } else {
      sealed = true;
    }
  }
  return sealed;
}
}  // namespace

std::string_view algorithm_name(Algorithm a) {
  switch (a) {
    case Algorithm::kAes256:
      return "AES256";
    case Algorithm::kKms:
      return "aws:kms";
    case Algorithm::kKmsDsse:
      return "aws:kms:dsse";
    case Algorithm::kCustomer:
      return "";
  }
  return "";
}

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  if (name == "AES256") return Algorithm::kAes256;
  if (name == "aws:kms") return Algorithm::kKms;
  if (name == "aws:kms:dsse") return Algorithm::kKmsDsse;
  return std::nullopt;
}

const KindRules& rules_of(BucketKind kind) {
  return kind == BucketKind::kDirectory ? kDirectoryRules : kGeneralPurposeRules;
}

BucketKind kind_of_name(std::string_view name) {
  return name.ends_with(kDirectorySuffix) ? BucketKind::kDirectory : BucketKind::kGeneralPurpose;
}

std::string Bucket::arn() const {
  if (kind == BucketKind::kDirectory)
    return fmt::format("arn:aws:s3express:{}:{}:bucket/{}", region, owner, name);
  return "arn:aws:s3:::" + name;
}

store::Partition Bucket::shard(uint32_t i) const {
  return {"index/" + hex(instance.view()) + "/" + fmt::format("{:04x}", i)};
}

uint32_t Bucket::shard_of(std::string_view key) const {
  if (shards == 1) return 0;
  Hash256 h = crypto::sha256(key);
  uint32_t prefix = (uint32_t{h[0]} << 24) | (uint32_t{h[1]} << 16) | (uint32_t{h[2]} << 8) | h[3];
  return static_cast<uint32_t>((uint64_t{prefix} * shards) >> 32);
}

store::Row Bucket::fence_row() const {
  Writer w;
  w.u8(1).raw(instance.view()).u8(1);
  return {"f", w.take()};
}

Bytes encode_bucket(const Bucket& b) {
  Writer w;
  CHECK(b.kind != BucketKind::kDirectory || b.versioning == Versioning::kNever);
  const Bytes configurations = encode_bucket_configurations(b);
  const bool fields = !configurations.empty() || !b.life_key_arn.empty();
  const uint8_t version = fields                               ? kBucketWithFields
                          : b.versioning == Versioning::kNever ? kBucketVersion
                                                               : kBucketWithVersioning;
  w.u8(version).bytes(b.name).raw(b.instance.view()).u8(uint8_t(b.kind)).u8(uint8_t(b.state));
  w.bytes(b.owner)
      .bytes(b.region)
      .bytes(b.zone)
      .u64(uint64_t(b.created_ms))
      .varint(b.shards)
      .varint(b.generation);
  const BucketEncryption& e = b.encryption;
  w.u8(e.configured)
      .u8(uint8_t(e.algorithm))
      .bytes(e.kms_key_id)
      .u8(e.bucket_key)
      .u8(e.block_sse_c);
  w.raw(policy_hash(b).view());
  if (version != kBucketVersion) w.u8(uint8_t(b.versioning));
  if (version == kBucketWithFields) encode_fields(w, configurations, b.life_key_arn);
  return w.take();
}

Bytes encode_bucket_policy(const Bucket& b) {
  if (b.policy_text.empty()) return {};
  Writer w;
  w.u8(kPolicyVersion).bytes(b.policy_text).varint(b.policy_bindings.size());
  for (const auto& [arn, id] : b.policy_bindings) w.bytes(arn).bytes(id);
  return w.take();
}

Result<Bucket> decode_bucket(ByteView bytes, ByteView policy, ByteView configurations) {
  Reader r(bytes);
  Bucket b;
  const uint8_t version = r.u8();
  if (version < kBucketVersion || version > kBucketWithFields)
    return internal_error("bucket row: unknown version");
  b.name = r.str();
  b.instance = r.fixed<Id128>();
  b.kind = BucketKind(r.u8());
  b.state = BucketState(r.u8());
  b.owner = r.str();
  b.region = r.str();
  b.zone = r.str();
  b.created_ms = UnixMs(r.u64());
  b.shards = uint32_t(r.varint());
  b.generation = r.varint();
  BucketEncryption& e = b.encryption;
  e.configured = r.u8() != 0;
  e.algorithm = Algorithm(r.u8());
  e.kms_key_id = r.str();
  e.bucket_key = r.u8() != 0;
  e.block_sse_c = r.u8() != 0;
  Hash256 hash = r.fixed<Hash256>();
  if (version != kBucketVersion) b.versioning = Versioning(r.u8());
  if (b.versioning > Versioning::kSuspended) r.fail();
  bool sealed = false;
  if (version == kBucketWithFields) {
    TRY(sealed, decode_fields(r, configurations, b.life_key_arn));
  }
  if (!sealed && !configurations.empty())
    return internal_error("bucket configurations row: not the one that the record seals");
  if (!b.life_key_arn.empty() && b.kind != BucketKind::kDirectory) r.fail();
  TRY(b.configurations, decode_bucket_configurations(configurations));
  if (!r.done() || b.shards == 0) return internal_error("bucket row: malformed");
  if (!policy.empty()) {
    Reader p(policy);
    if (p.u8() != kPolicyVersion) return internal_error("bucket policy row: unknown version");
    b.policy_text = p.str();
    for (size_t i = p.count(2); i > 0; --i) {
      std::string arn = p.str();
      b.policy_bindings[arn] = p.str();
    }
    if (!p.done()) return internal_error("bucket policy row: malformed");
  }
  if (hash != policy_hash(b))
    return internal_error("bucket policy row: not the one that the record seals");
  if (!b.policy_text.empty()) {
    TRY(auto parsed, authz::Policy::parse(b.policy_text, authz::PolicyKind::kBucket, b.arn()));
    b.policy = parsed->with_bindings(b.policy_bindings);
  }
  return b;
}

bool valid_bucket_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!name_char(name.front()) || !name_char(name.back())) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (!name_char(c) && c != '-' && c != '.') return false;
    if (c == '.' && name[i - 1] == '.') return false;
  }
  if (looks_like_ip(name)) return false;
  if (reserved_prefix(name)) return false;
  for (std::string_view suffix :
       {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--xa-s3", "--table-s3"})
    if (name.ends_with(suffix)) return false;
  return true;
}

std::optional<std::string_view> zone_of_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63 || !name.ends_with(kDirectorySuffix)) return std::nullopt;
  for (char c : name)
    if (!name_char(c) && c != '-') return std::nullopt;
  const std::string_view rest = name.substr(0, name.size() - kDirectorySuffix.size());
  const size_t at = rest.rfind("--");
  if (at == rest.npos || at == 0 || !name_char(name.front()) || reserved_prefix(name))
    return std::nullopt;
  const std::string_view zone = rest.substr(at + 2);
  if (zone.empty() || !name_char(zone.front()) || !name_char(zone.back())) return std::nullopt;
  return zone;
}

}  // namespace coffer::s3
