#pragma once
// What lifecycle rules say of one version or upload. Pure. Source: S3 User Guide, "Managing the
// lifecycle of objects"; "Lifecycle configuration elements".
#include "s3/bucket/configuration.h"
#include "s3/object/record.h"

namespace coffer::s3 {

// Aged is one version of a key as the rules see it.
struct Aged {
  const std::string& key;
  const Head& head;
  const Tags& tags;
  std::optional<UnixMs> noncurrent_since_ms = {};  // absent: it is current
  size_t newer_noncurrent = 0;                     // noncurrent versions that are newer
  bool alone = false;                              // there is no other version of the key
};

// due rounds up to the midnight, UTC, after `days` days.
UnixMs due(UnixMs from_ms, uint32_t days);
bool expires(const LifecycleRule& rule, const Aged& version, UnixMs now_ms);
bool aborts(const LifecycleRule& rule, const std::string& key, UnixMs initiated_ms, UnixMs now_ms);
// needs_tags: the rules cannot be judged without the version's tags.
bool needs_tags(const std::vector<LifecycleRule>& rules);

}  // namespace coffer::s3
