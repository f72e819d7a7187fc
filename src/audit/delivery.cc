// What a trail delivers: log files and digests, as CloudTrail names and writes them.
// Source: CloudTrail User Guide, "CloudTrail log file examples", "CloudTrail digest file
// structure"; docs/formats/trails.md.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "audit/gzip.h"
#include "audit/log_index.h"
#include "audit/trails.h"
#include "base/encoding.h"
#include "crypto/digest.h"

namespace coffer::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kDeliverMs = 4 * 60 * 1000;  // a minute is left of the five that are promised
constexpr int64_t kDigestMs = 60 * 60 * 1000;
constexpr size_t kDigestFilesMax = 1000;  // over it a digest comes before its hour is over
constexpr size_t kBatchEventsMax = 10'000;
constexpr size_t kBatchBytesMax = 4 << 20;
constexpr std::string_view kService = "cloudtrail.amazonaws.com";

// own: what delivering itself causes. It is delivered with others and is never a reason to deliver.
bool is_own(const Event& e) {
  return e.identity.type == authz::PrincipalType::kService && e.identity.name == kService;
}

std::string day_of(UnixMs ms) {
  const std::string t = iso8601(ms);  // 2022-08-10T22:38:27Z
  return fmt::format("{}/{}/{}", t.substr(0, 4), t.substr(5, 2), t.substr(8, 2));
}

std::string object_name(const TrailConfig& c, std::string_view kind, UnixMs at,
                        std::string_view rest) {
  return fmt::format("{}{}AWSLogs/{}/{}/{}/{}/{}_{}_{}_{}.json.gz", c.prefix,
                     c.prefix.empty() ? "" : "/", c.account, kind, c.region, day_of(at), c.account,
                     kind, c.region, rest);
}

std::string unique_text(Random& random) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  while (out.size() < 16) out += kAlphabet[random.u64() % kAlphabet.size()];
  return out;
}

std::string log_file_name(const TrailConfig& c, UnixMs now, Random& random) {
  const std::string minute = basic_date_time(now).substr(0, 13) + "Z";  // 20220810T2238Z
  return object_name(c, "CloudTrail", now, minute + "_" + unique_text(random));
}

std::string digest_name(const TrailConfig& c, UnixMs end) {
  return object_name(c, "CloudTrail-Digest", end,
                     fmt::format("{}_{}_{}", c.name, c.region, basic_date_time(end)));
}

std::string log_file(const std::vector<Event>& events) {
  std::string out = R"({"Records":[)";
  for (size_t i = 0; i < events.size(); ++i) {
    if (i > 0) out += ',';
    out += render_json(events[i]);
  }
  return out + "]}";
}

Json file_json(const LogFileRef& file) {
  return {{"s3Bucket", file.bucket},
          {"s3Object", file.object},
          {"hashValue", hex(file.hash.view())},
          {"hashAlgorithm", "SHA-256"},
          {"newestEventTime", iso8601(file.newest_ms)},
          {"oldestEventTime", iso8601(file.oldest_ms)}};
}

struct DigestSpan {
  UnixMs from_ms = 0, to_ms = 0;
  std::string object;
};

Json digest_json(const Trail& trail, const DigestSpan& span, const std::string& fingerprint) {
  const TrailConfig& c = trail.config;
  const auto& files = trail.state.pending;
  Json out{{"awsAccountId", c.account},
           {"digestStartTime", iso8601(span.from_ms)},
           {"digestEndTime", iso8601(span.to_ms)},
           {"digestS3Bucket", c.bucket},
           {"digestS3Object", span.object},
           {"digestPublicKeyFingerprint", fingerprint},
           {"digestSignatureAlgorithm", "SHA256withRSA"},
           {"newestEventTime", nullptr},
           {"oldestEventTime", nullptr},
           {"previousDigestS3Bucket", nullptr},
           {"previousDigestS3Object", nullptr},
           {"previousDigestHashValue", nullptr},
           {"previousDigestHashAlgorithm", nullptr},
           {"previousDigestSignature", nullptr},
           {"logFiles", Json::array()}};
  UnixMs newest = 0, oldest = INT64_MAX;
  for (const LogFileRef& file : files) {
    out["logFiles"].push_back(file_json(file));
    newest = std::max(newest, file.newest_ms);
    oldest = std::min(oldest, file.oldest_ms);
  }
  if (!files.empty()) {
    out["newestEventTime"] = iso8601(newest);
    out["oldestEventTime"] = iso8601(oldest);
  }
  if (const auto& previous = trail.state.previous) {
    out["previousDigestS3Bucket"] = previous->bucket;
    out["previousDigestS3Object"] = previous->object;
    out["previousDigestHashValue"] = hex(previous->hash.view());
    out["previousDigestHashAlgorithm"] = "SHA-256";
    out["previousDigestSignature"] = hex(previous->signature);
  }
  return out;
}

// end_stretch is what becomes true with the end of a stopped stretch: its chain of digests is over.
void end_stretch(TrailState& state, UnixMs digest_from_ms) {
  state.stretches.erase(state.stretches.begin());
  state.pending.clear();
  state.previous.reset();
  state.digest_from_ms = digest_from_ms;
}

}  // namespace

struct Trails::Batch {
  std::vector<Event> events;  // that the trail takes
  uint64_t next = 0;          // where in the log the next batch begins
  bool more = false;          // this stretch of the log holds further events by now
};

Parcel Trails::addressed_to(const Trail& trail) const {
  const TrailConfig& c = trail.config;
  Parcel out;
  out.account = c.account;
  out.trail = c.name;
  out.trail_arn = c.arn();
  out.bucket = c.bucket;
  return out;
}

Task<Result<Trails::Batch>> Trails::collect(TrailPtr trail, Stretch stretch, bool urgent) {
  const UnixMs now = d_.clock.business_ms();
  Batch out{.events = {}, .next = std::min(stretch.to, d_.log.next_sequence())};
  Query query{.account = trail->config.account, .attribute = Attribute::kEverything};
  query.from_sequence = stretch.from;
  query.to_sequence = out.next;
  query.newest_first = false;
  query.bytes_max = kBatchBytesMax;
  query.max = 1;
  if (!urgent) {
    CO_TRY(const Finding first, co_await d_.log.find(query));
    if (first.events.empty() || first.events[0].event.time_ms + kDeliverMs > now) {
      out.next = stretch.from;
      co_return out;
    }
  }
  query.max = kBatchEventsMax;
  CO_TRY(Finding found, co_await d_.log.find(query));
  out.more = found.more;
  if (found.more) out.next = found.events.back().sequence + 1;
  bool others = false;
  for (Found& one : found.events) {
    if (!trail->takes(one.event)) continue;
    others = others || !is_own(one.event);
    out.events.push_back(std::move(one.event));
  }
  if (others || out.events.empty() || !stretch.open()) co_return out;
  out.events.clear();  // they wait for others
  if (!out.more) out.next = stretch.from;
  co_return out;
}

Task<Result<std::optional<Parcel>>> Trails::next_log_file(TrailPtr trail, bool urgent) {
  Stretch stretch = trail->state.stretches.front();
  const std::string arn = trail->config.arn();
  if (stretch.from > d_.log.next_sequence()) stretch.from = 1;  // a log that was begun anew
  {
    std::lock_guard lock(scanned_mutex_);
    if (auto known = scanned_.find(arn); known != scanned_.end())
      stretch.from = std::max(stretch.from, std::min(known->second, stretch.to));
  }
  Batch batch;
  do {
    CO_TRY(batch, co_await collect(trail, stretch, urgent || !stretch.open()));
    stretch.from = batch.next;
  } while (batch.events.empty() && batch.more);
  if (batch.events.empty()) {
    std::lock_guard lock(scanned_mutex_);
    scanned_[arn] = batch.next;
    co_return std::optional<Parcel>();
  }
  Parcel out = addressed_to(*trail);
  out.kms_key = trail->config.kms_key;
  out.object = log_file_name(trail->config, d_.clock.business_ms(), d_.random);
  LogFileRef file{.bucket = out.bucket, .object = out.object};
  const auto [oldest, newest] =
      std::minmax_element(batch.events.begin(), batch.events.end(),
                          [](const Event& a, const Event& b) { return a.time_ms < b.time_ms; });
  file.oldest_ms = oldest->time_ms;
  file.newest_ms = newest->time_ms;
  CO_TRY_OK(co_await offload(d_.pool, [&]() -> Status {
    const std::string text = log_file(batch.events);
    file.hash = crypto::sha256(text);
    out.body = gzip(text);
    return ok_status();
  }));
  out.after = [file, next = batch.next](TrailState& state) {
    if (state.stretches.empty()) return;
    state.stretches.front().from = next;
    state.pending.push_back(file);
  };
  co_return out;
}

Task<Result<std::optional<Parcel>>> Trails::next_digest(TrailPtr trail) {
  const TrailState& state = trail->state;
  const bool last = !state.stretches.front().open();
  const UnixMs now = d_.clock.business_ms() / 1000 * 1000;
  const bool hour = now >= state.digest_from_ms + kDigestMs;
  if (!last && !hour && state.pending.size() < kDigestFilesMax) co_return std::optional<Parcel>();
  DigestSpan span{.from_ms = state.digest_from_ms};
  // Names tell the end's second: no two digests of a trail end in the same one.
  span.to_ms = hour ? span.from_ms + kDigestMs : std::max(now, span.from_ms + 1000);
  const bool final_one = last && !hour;
  Parcel out = addressed_to(*trail);
  span.object = out.object = digest_name(trail->config, span.to_ms);
  CO_TRY(const PublicKey key, co_await signers_.current());
  const std::string text = digest_json(*trail, span, key.fingerprint).dump();
  DigestRef made{.bucket = out.bucket, .object = out.object, .hash = crypto::sha256(text)};
  const std::string previous = state.previous ? hex(state.previous->signature) : "null";
  CO_TRY(made.signature,
         co_await signers_.sign(fmt::format("{}\n{}/{}\n{}\n{}", iso8601(span.to_ms), out.bucket,
                                            out.object, hex(made.hash.view()), previous)));
  out.signature = hex(made.signature);
  out.body = gzip(text);
  out.after = [made, to_ms = span.to_ms, final_one](TrailState& after) {
    if (final_one) return end_stretch(after, to_ms);
    after.pending.clear();
    after.previous = made;
    after.digest_from_ms = to_ms;
  };
  co_return out;
}

Task<Result<std::optional<Parcel>>> Trails::next(std::string account, std::string name,
                                                 bool urgent) {
  for (;;) {
    const TrailPtr trail = find(account, name);
    if (!trail || trail->state.stretches.empty()) co_return std::optional<Parcel>();
    CO_TRY(std::optional<Parcel> out, co_await next_log_file(trail, urgent));
    if (out) co_return out;
    if (trail->config.validation) co_return co_await next_digest(trail);
    if (trail->state.stretches.front().open()) co_return out;
    const UnixMs now = d_.clock.business_ms() / 1000 * 1000;
    auto edit = [now](Trail& fresh) {
      end_stretch(fresh.state, now);
      return ok_status();
    };
    auto ended = co_await change(account, name, edit, nullptr);
    if (!ended.ok()) co_return std::move(ended.error());
  }
}

}  // namespace coffer::audit
