#include "s3/bucket/configuration.h"

#include "base/wire.h"

namespace coffer::s3 {

namespace {
constexpr uint8_t kRowVersion = 1;

// The numbers are the format's: none is used twice.
enum class Field : uint8_t {
  kTags = 1,
  kCors = 2,
  kPublicAccessBlock = 3,
  kOwnershipControls = 4,
  kObjectLock = 5,
  kLifecycle = 6,
  kInventories = 7
};

void put(Writer& w, const std::map<std::string, std::string>& map) {
  w.varint(map.size());
  for (const auto& [name, value] : map) w.bytes(name).bytes(value);
}
std::map<std::string, std::string> get_map(Reader& r) {
  std::map<std::string, std::string> out;
  for (size_t i = r.count(2); i > 0; --i) {
    std::string name = r.str();
    out[std::move(name)] = r.str();
  }
  return out;
}

void put(Writer& w, const std::vector<std::string>& list) {
  w.varint(list.size());
  for (const std::string& s : list) w.bytes(s);
}
std::vector<std::string> get_list(Reader& r) {
  std::vector<std::string> out;
  for (size_t i = r.count(); i > 0; --i) out.push_back(r.str());
  return out;
}

template <class T>
void put(Writer& w, const std::optional<T>& number) {
  w.u8(number.has_value());
  if (number) w.varint(uint64_t(*number));
}
template <class T>
void get(Reader& r, std::optional<T>& number) {
  number.reset();
  if (r.u8() != 0) number = T(r.varint());
}

void put(Writer& w, const CorsRule& rule) {
  w.bytes(rule.id);
  for (const auto* list : {&rule.origins, &rule.methods, &rule.headers, &rule.exposed})
    put(w, *list);
  put(w, rule.max_age_s);
}
CorsRule get_cors(Reader& r) {
  CorsRule rule;
  rule.id = r.str();
  for (auto* list : {&rule.origins, &rule.methods, &rule.headers, &rule.exposed})
    *list = get_list(r);
  get(r, rule.max_age_s);
  return rule;
}

void put(Writer& w, const LifecycleRule& rule) {
  w.bytes(rule.id).u8(rule.enabled).u8(uint8_t(rule.form)).bytes(rule.filter.prefix);
  put(w, rule.filter.tags);
  put(w, rule.filter.bytes_above);
  put(w, rule.filter.bytes_below);
  put(w, rule.expiration_days);
  put(w, rule.expiration_date_ms);
  put(w, rule.expired_delete_marker);
  put(w, rule.noncurrent_days);
  put(w, rule.noncurrent_kept);
  put(w, rule.abort_upload_days);
}
LifecycleRule get_lifecycle(Reader& r) {
  LifecycleRule rule;
  rule.id = r.str();
  rule.enabled = r.u8() != 0;
  rule.form = LifecycleRule::Form(r.u8());
  if (rule.form > LifecycleRule::Form::kAnd) r.fail();
  rule.filter.prefix = r.str();
  rule.filter.tags = get_map(r);
  get(r, rule.filter.bytes_above);
  get(r, rule.filter.bytes_below);
  get(r, rule.expiration_days);
  get(r, rule.expiration_date_ms);
  get(r, rule.expired_delete_marker);
  get(r, rule.noncurrent_days);
  get(r, rule.noncurrent_kept);
  get(r, rule.abort_upload_days);
  return rule;
}

void put_lock(Writer& w, const Configurations& c) {
  w.u8(c.default_retention.has_value());
  if (c.default_retention)
    w.u8(uint8_t(c.default_retention->mode))
        .varint(c.default_retention->days)
        .varint(c.default_retention->years);
}
void get_lock(Reader& r, Configurations& c) {
  c.object_lock = true;
  if (r.u8() == 0) return;
  DefaultRetention& d = c.default_retention.emplace();
  d.mode = LockMode(r.u8());
  if (d.mode != LockMode::kGovernance && d.mode != LockMode::kCompliance) r.fail();
  d.days = uint32_t(r.varint());
  d.years = uint32_t(r.varint());
}

void put_field(Writer& w, Field field, const Configurations& c) {
  switch (field) {
    case Field::kTags:
      return put(w, c.tags);
    case Field::kCors:
      w.varint(c.cors.size());
      for (const CorsRule& rule : c.cors) put(w, rule);
      return;
    case Field::kPublicAccessBlock: {
      w.u8(c.public_access_block.has_value());
      const PublicAccessBlock b = c.public_access_block.value_or(PublicAccessBlock{});
      w.u8(b.block_acls).u8(b.ignore_acls).u8(b.block_policy).u8(b.restrict_buckets);
      return;
    }
    case Field::kOwnershipControls:
      w.u8(c.ownership_controls);
      return;
    case Field::kObjectLock:
      return put_lock(w, c);
    case Field::kLifecycle:
      w.varint(c.lifecycle.size());
      for (const LifecycleRule& rule : c.lifecycle) put(w, rule);
      return;
    case Field::kInventories:
      return put(w, c.inventories);
  }
}

bool get_field(Reader& r, Field field, Configurations& c) {
  switch (field) {
    case Field::kTags:
      c.tags = get_map(r);
      break;
    case Field::kCors:
      for (size_t i = r.count(6); i > 0; --i) c.cors.push_back(get_cors(r));
      break;
    case Field::kPublicAccessBlock: {
      const bool there = r.u8() != 0;
      PublicAccessBlock b;
      for (bool* on : {&b.block_acls, &b.ignore_acls, &b.block_policy, &b.restrict_buckets})
        *on = r.u8() != 0;
      c.public_access_block.reset();
      if (there) c.public_access_block = b;
      break;
    }
    case Field::kOwnershipControls:
      c.ownership_controls = r.u8() != 0;
      break;
    case Field::kObjectLock:
      get_lock(r, c);
      break;
    case Field::kLifecycle:
      for (size_t i = r.count(12); i > 0; --i) c.lifecycle.push_back(get_lifecycle(r));
      break;
    case Field::kInventories:
      c.inventories = get_map(r);
      break;
    default:
      return false;
  }
  return r.done();
}

std::vector<Field> fields_of(const Configurations& c) {
  std::vector<Field> out;
  if (!c.tags.empty()) out.push_back(Field::kTags);
  if (!c.cors.empty()) out.push_back(Field::kCors);
  if (c.public_access_block != PublicAccessBlock{}) out.push_back(Field::kPublicAccessBlock);
  if (!c.ownership_controls) out.push_back(Field::kOwnershipControls);
  if (c.object_lock) out.push_back(Field::kObjectLock);
  if (!c.lifecycle.empty()) out.push_back(Field::kLifecycle);
  if (!c.inventories.empty()) out.push_back(Field::kInventories);
  return out;
}
}  // namespace

const Configurations& configurations(const Bucket& bucket) {
  static const Configurations kNew;
  return bucket.configurations ? *bucket.configurations : kNew;
}

void configure(Bucket& bucket, const std::function<void(Configurations&)>& edit) {
  auto next = std::make_shared<Configurations>(configurations(bucket));
  edit(*next);
  bucket.configurations = std::move(next);
}

Bytes encode_bucket_configurations(const Bucket& bucket) {
  const Configurations& c = configurations(bucket);
  const std::vector<Field> fields = fields_of(c);
  if (fields.empty()) return {};
  Writer w;
  w.u8(kRowVersion).varint(fields.size());
  for (Field field : fields) {
    Writer value;
    put_field(value, field, c);
    w.u8(uint8_t(field)).bytes(value.view());
  }
  return w.take();
}

Result<std::shared_ptr<const Configurations>> decode_bucket_configurations(ByteView row) {
  if (row.empty()) return std::shared_ptr<const Configurations>();
  Reader r(row);
  if (r.u8() != kRowVersion) return internal_error("bucket configurations: unknown version");
  auto out = std::make_shared<Configurations>();
  for (size_t i = r.count(2); i > 0; --i) {
    const Field field = Field(r.u8());
    Reader value(r.bytes());
    if (!get_field(value, field, *out)) return internal_error("bucket configurations: malformed");
  }
  if (!r.done()) return internal_error("bucket configurations: malformed");
  return std::shared_ptr<const Configurations>(std::move(out));
}

}  // namespace coffer::s3
