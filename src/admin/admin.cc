#include "admin/admin.h"

namespace coffer::admin {

namespace {
std::string_view side_name(authz::PolicySide side) {
  switch (side) {
    case authz::PolicySide::kNone: return "the caller's standing";
    case authz::PolicySide::kIdentity: return "an identity-based policy";
    case authz::PolicySide::kResource: return "the resource's policy";
    case authz::PolicySide::kBoundary: return "the permissions boundary";
    case authz::PolicySide::kSession: return "the session policy";
    case authz::PolicySide::kServiceControl: return "a service control policy";
    case authz::PolicySide::kTrust: return "the role's trust policy";
    case authz::PolicySide::kGrant: return "a grant";
  }
  return "";
}
}  // namespace

Task<Result<FsckReport>> Admin::fsck(FsckOptions options) {
  Fsck fsck(deps_, options);
  co_return co_await fsck.run();
}

Task<Result<std::vector<audit::Event>>> Admin::explain(std::string request_id) {
  co_return co_await deps_.audit.find_request(std::move(request_id));
}

std::string render(const FsckReport& r) {
  std::string out;
  for (const Finding& f : r.findings) out += fmt::format("DAMAGED {}: {}\n", f.where, f.what);
  for (const std::string& s : r.unjudged) out += fmt::format("not judged: {}\n", s);
  out += fmt::format("{} buckets, {} objects, {} bytes, {} uploads under way, {} rows, {} extents, {} opened\n", r.buckets, r.objects, r.bytes,
                     r.uploads, r.rows, r.extents, r.opened);
  out += fmt::format("{} blobs, {} of them unlinked ({} bytes, freed by themselves); {} audit records in an unbroken chain\n", r.blobs,
                     r.unlinked_blobs, r.unlinked_bytes, r.audit_records);
  out += r.clean() ? "clean\n" : fmt::format("{} findings\n", r.findings.size());
  return out;
}

std::string render_explanation(const audit::Event& e) {
  std::string out = fmt::format("{} {} by {} at {}: {}\n", e.source, e.name, e.identity.arn.empty() ? e.identity.name : e.identity.arn,
                                iso8601(e.time_ms), e.error_code.empty() ? "done" : e.error_code + " " + e.error_message);
  for (const authz::Decision& d : e.decisions) {
    out += fmt::format("  {} on {}: {}", d.action, d.resource, d.allowed ? "allowed" : d.explicit_deny ? "denied explicitly" : "not allowed");
    if (!d.statement_id.empty()) out += fmt::format(" by statement {} of {} ({})", d.statement_id, d.policy_name, side_name(d.side));
    else if (!d.allowed) out += fmt::format(": {} would have to allow it", side_name(d.side));
    out += "\n";
    for (const auto& [key, value] : d.conditions_seen) out += fmt::format("    {} was {}\n", key, value);
    for (const std::string& name : d.considered) out += fmt::format("    looked at {}\n", name);
  }
  return out;
}

}  // namespace coffer::admin
