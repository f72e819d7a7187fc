#include "admin/admin.h"

namespace coffer::admin {

Task<Result<FsckReport>> Admin::fsck(FsckOptions options) {
  Fsck fsck(deps_, options);
  co_return co_await fsck.run();
}

Task<Result<ObjectProof>> Admin::prove(std::string bucket, std::string key,
                                       std::optional<std::string> version_id) {
  co_return co_await admin::prove(deps_.s3, std::move(bucket), std::move(key),
                                  std::move(version_id));
}

std::string render(const FsckReport& r) {
  std::string out;
  for (const Finding& f : r.findings) out += fmt::format("DAMAGED {}: {}\n", f.where, f.what);
  for (const std::string& s : r.unlinked) out += fmt::format("unlinked: blob {}\n", s);
  for (const std::string& s : r.unjudged) out += fmt::format("not judged: {}\n", s);
  out += fmt::format(
      "{} buckets, {} objects, {} bytes, {} uploads under way, {} rows, {} extents, {} opened\n",
      r.buckets, r.objects, r.bytes, r.uploads, r.rows, r.extents, r.opened);
  out += fmt::format(
      "{} blobs, {} of them unlinked ({} bytes, freed by themselves); {} audit records in an "
      "unbroken chain\n",
      r.blobs, r.unlinked_blobs, r.unlinked_bytes, r.audit_records);
  out += r.clean() ? "clean\n" : fmt::format("{} findings\n", r.findings.size());
  return out;
}

}  // namespace coffer::admin
