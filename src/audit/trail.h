#pragma once
// Trail is one trail's record: what was configured, and how far delivery has come. One sealed row,
// docs/formats/trails.md. Source: CloudTrail API Reference, Trail and GetTrailStatus.
#include <map>
#include <memory>
#include <optional>

#include "audit/selectors.h"
#include "base/bytes.h"

namespace coffer::audit {

struct TrailConfig {
  std::string account, region, name;
  std::string bucket, prefix;
  std::string kms_key;  // full ARN; empty: log files are encrypted as the bucket says
  bool global_events = true, multi_region = false, validation = false;
  Selectors selectors;
  std::map<std::string, std::string> tags;
  UnixMs created_ms = 0;

  std::string arn() const;
};

// Stretch is a part of the log, `to` exclusive.
struct Stretch {
  uint64_t from = 1, to = UINT64_MAX;
  bool open() const { return to == UINT64_MAX; }
};

struct LogFileRef {  // of a delivered log file that no digest tells of yet
  std::string bucket, object;
  Hash256 hash{};  // SHA-256 of the uncompressed file
  UnixMs oldest_ms = 0, newest_ms = 0;
};

struct DigestRef {
  std::string bucket, object;
  Hash256 hash{};
  Bytes signature;
};

struct TrailState {
  // What is still to be delivered: closed stretches that a stop left, and last the open one where
  // the trail is logging. Each ends with a chain of digests.
  std::vector<Stretch> stretches;
  std::optional<UnixMs> started_ms, stopped_ms, delivered_ms, digested_ms;
  std::string delivery_error, digest_error;  // S3's codes, of the latest attempts that failed
  std::vector<LogFileRef> pending;
  UnixMs digest_from_ms = 0;          // where the next digest begins, whole seconds
  std::optional<DigestRef> previous;  // none: the next digest begins a chain

  bool logging() const { return !stretches.empty() && stretches.back().open(); }
};

struct Trail {
  TrailConfig config;
  TrailState state;
  // takes tells whether the trail delivers the event, which is one of its account's.
  bool takes(const Event& event) const;
};
using TrailPtr = std::shared_ptr<const Trail>;

Bytes encode_trail(const Trail& trail);
// decode_trail's error is not logged: the caller knows whose row it is.
Result<Trail> decode_trail(ByteView bytes);

// check_trail_name: InvalidTrailNameException. Source: CloudTrail API Reference, CreateTrail, Name.
Status check_trail_name(std::string_view name);

}  // namespace coffer::audit
