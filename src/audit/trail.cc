#include "audit/trail.h"

#include <algorithm>

namespace coffer::audit {
namespace {

constexpr std::string_view kMagic = "CTT";
constexpr uint8_t kVersion = 1;
constexpr UnixMs kTimeMsMax = int64_t{1} << 53;

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool looks_like_address(std::string_view name) {
  return name.find_first_not_of("0123456789.") == std::string_view::npos &&
         std::count(name.begin(), name.end(), '.') == 3;
}

void put_time(Writer& w, UnixMs ms) { w.u64(static_cast<uint64_t>(ms)); }

UnixMs get_time(Reader& r) {
  const uint64_t v = r.u64();
  if (v > static_cast<uint64_t>(kTimeMsMax)) r.fail();
  return r.ok() ? static_cast<UnixMs>(v) : 0;
}

bool get_bool(Reader& r) {
  const uint8_t v = r.u8();
  if (v > 1) r.fail();
  return v == 1;
}

void put(Writer& w, const TrailConfig& c) {
  w.bytes(c.account).bytes(c.region).bytes(c.name).bytes(c.bucket).bytes(c.prefix);
  w.bytes(c.kms_key).u8(c.global_events).u8(c.multi_region).u8(c.validation);
  put_selectors(w, c.selectors);
  w.varint(c.tags.size());
  for (const auto& [key, value] : c.tags) w.bytes(key).bytes(value);
  put_time(w, c.created_ms);
}

TrailConfig get_config(Reader& r) {
  TrailConfig c;
  for (auto* text : {&c.account, &c.region, &c.name, &c.bucket, &c.prefix, &c.kms_key})
    *text = r.str();
  c.global_events = get_bool(r);
  c.multi_region = get_bool(r);
  c.validation = get_bool(r);
  c.selectors = get_selectors(r);
  for (size_t n = r.count(2); n > 0; --n) {
    std::string key = r.str();
    c.tags[std::move(key)] = r.str();
  }
  c.created_ms = get_time(r);
  return c;
}

void put(Writer& w, const TrailState& s) {
  w.varint(s.stretches.size());
  for (const Stretch& stretch : s.stretches) w.u64(stretch.from).u64(stretch.to);
  for (const auto* time : {&s.started_ms, &s.stopped_ms, &s.delivered_ms, &s.digested_ms}) {
    w.u8(time->has_value());
    if (*time) put_time(w, **time);
  }
  w.bytes(s.delivery_error).bytes(s.digest_error).varint(s.pending.size());
  for (const LogFileRef& file : s.pending) {
    w.bytes(file.bucket).bytes(file.object).raw(file.hash.view());
    put_time(w, file.oldest_ms);
    put_time(w, file.newest_ms);
  }
  put_time(w, s.digest_from_ms);
  w.u8(s.previous.has_value());
  if (s.previous)
    w.bytes(s.previous->bucket)
        .bytes(s.previous->object)
        .raw(s.previous->hash.view())
        .bytes(s.previous->signature);
}

TrailState get_state(Reader& r) {
  TrailState s;
  s.stretches.resize(r.count(16));
  for (Stretch& stretch : s.stretches) {
    stretch.from = r.u64();
    stretch.to = r.u64();
  }
  for (auto* time : {&s.started_ms, &s.stopped_ms, &s.delivered_ms, &s.digested_ms})
    if (get_bool(r)) *time = get_time(r);
  s.delivery_error = r.str();
  s.digest_error = r.str();
  s.pending.resize(r.count(50));
  for (LogFileRef& file : s.pending) {
    file.bucket = r.str();
    file.object = r.str();
    file.hash = r.fixed<Hash256>();
    file.oldest_ms = get_time(r);
    file.newest_ms = get_time(r);
  }
  s.digest_from_ms = get_time(r);
  if (get_bool(r)) {
    DigestRef& previous = s.previous.emplace();
    previous.bucket = r.str();
    previous.object = r.str();
    previous.hash = r.fixed<Hash256>();
    previous.signature = r.str();
  }
  return s;
}

}  // namespace

std::string TrailConfig::arn() const {
  return fmt::format("arn:aws:cloudtrail:{}:{}:trail/{}", region, account, name);
}

bool Trail::takes(const Event& event) const {
  const bool global = event.source == "iam.amazonaws.com" || event.source == "sts.amazonaws.com";
  if (global && !config.global_events) return false;
  return selects(config.selectors, event);
}

Bytes encode_trail(const Trail& trail) {
  Writer w;
  w.raw(kMagic).u8(kVersion);
  put(w, trail.config);
  put(w, trail.state);
  return w.take();
}

Result<Trail> decode_trail(ByteView bytes) {
  Reader r(bytes);
  if (r.raw(kMagic.size()) != kMagic) return Error{"InternalError", "a trail's row is none"};
  if (r.u8() != kVersion) return Error{"InternalError", "a trail's row: unknown version"};
  Trail out;
  out.config = get_config(r);
  out.state = get_state(r);
  if (!r.done()) return Error{"InternalError", "a trail's row: malformed"};
  return out;
}

Status check_trail_name(std::string_view name) {
  const auto refuse = [](std::string message) {
    return Error{"InvalidTrailNameException", std::move(message)};
  };
  if (name.size() < 3) return refuse("Trail name too short. Minimum allowed length: 3 characters.");
  if (name.size() > 128)
    return refuse("Trail name too long. Maximum allowed length: 128 characters.");
  if (!is_alnum(name.front())) return refuse("Trail name must start with a letter or number.");
  if (!is_alnum(name.back())) return refuse("Trail name must end with a letter or number.");
  for (size_t i = 0; i < name.size(); ++i) {
    if (is_alnum(name[i])) continue;
    if (std::string_view("._-").find(name[i]) == std::string_view::npos)
      return refuse(
          "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, "
          "periods (.), hyphens (-), and underscores (_).");
    if (!is_alnum(name[i - 1]))
      return refuse(
          "Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).");
  }
  if (looks_like_address(name)) return refuse("Trail name must not be in IP address format.");
  return ok_status();
}

}  // namespace coffer::audit
