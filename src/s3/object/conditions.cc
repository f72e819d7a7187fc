#include "s3/object/conditions.h"

#include "base/encoding.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
std::string_view unquote(std::string_view s) {
  s = trim(s);
  if (s.starts_with("W/")) s.remove_prefix(2);
  if (s.size() >= 2 && s.front() == '"' && s.back() == '"') s = s.substr(1, s.size() - 2);
  return s;
}

bool any_matches(std::string_view list, std::string_view etag) {
  if (trim(list) == "*") return true;
  while (!list.empty()) {
    size_t comma = list.find(',');
    if (unquote(list.substr(0, comma)) == etag) return true;
    list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
  }
  return false;
}

Error refused_value(std::string_view header, std::string_view why) {
  return not_implemented(std::string(header)).with("additionalMessage", std::string(why));
}
}  // namespace

Result<ReadOutcome> judge_read(const ReadConditions& c, std::string_view etag, UnixMs modified_ms,
                               bool copy_source) {
  const std::string prefix = copy_source ? "x-amz-copy-source-" : "";
  // HTTP dates have whole seconds.
  const UnixMs modified = modified_ms / 1000 * 1000;
  if (c.if_match) {
    if (!any_matches(*c.if_match, etag)) return precondition_failed(prefix + "If-Match");
  } else if (c.if_unmodified_since && modified > *c.if_unmodified_since) {
    return precondition_failed(prefix + "If-Unmodified-Since");
  }
  bool unchanged = false;
  std::string name;
  if (c.if_none_match) {
    unchanged = any_matches(*c.if_none_match, etag);
    name = "If-None-Match";
  } else if (c.if_modified_since) {
    unchanged = modified <= *c.if_modified_since;
    name = "If-Modified-Since";
  }
  if (!unchanged) return ReadOutcome::kProceed;
  if (copy_source) return precondition_failed(prefix + name);
  return ReadOutcome::kNotModified;
}

Status check_write_conditions(const WriteConditions& c) {
  if (c.if_match && c.if_none_match)
    return refused_value("If-Match,If-None-Match",
                         "Multiple conditional request headers present in the request");
  if (c.if_none_match && trim(*c.if_none_match) != "*")
    return refused_value("If-None-Match",
                         "We don't accept the provided value of If-None-Match header for this API");
  if (c.if_match && trim(*c.if_match) == "*")
    return refused_value("If-Match",
                         "We don't accept the provided value of If-Match header for this API");
  return ok_status();
}

Status judge_write(const WriteConditions& c, const std::optional<std::string>& etag,
                   std::string_view key) {
  if (c.if_none_match && etag) return precondition_failed("If-None-Match");
  if (c.if_match) {
    if (!etag) return no_such_key(key);
    if (!any_matches(*c.if_match, *etag)) return precondition_failed("If-Match");
  }
  return ok_status();
}

// An object that is not there meets none of them (unverified).
Status judge_delete(const DeleteConditions& c, const std::optional<std::string>& etag,
                    UnixMs modified_ms, uint64_t bytes) {
  if (c.if_match && !(etag && any_matches(*c.if_match, *etag)))
    return precondition_failed("If-Match");
  if (c.modified_ms && !(etag && *c.modified_ms / 1000 == modified_ms / 1000))
    return precondition_failed("x-amz-if-match-last-modified-time");
  if (c.bytes && !(etag && *c.bytes == bytes)) return precondition_failed("x-amz-if-match-size");
  return ok_status();
}

}  // namespace coffer::s3
