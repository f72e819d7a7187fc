#include "api/ops/s3/copy_source.h"

#include "api/ops/s3/directory.h"
#include "base/encoding.h"

namespace coffer::api::s3_ops {

Result<CopySource> parse_copy_source(std::string_view header) {
  constexpr std::string_view kVersion = "?versionId=";
  const auto invalid = [&](std::string message) {
    return s3::invalid_argument(std::move(message), "x-amz-copy-source", std::string(header));
  };
  CopySource out;
  std::string_view name = header;
  if (const size_t at = name.rfind(kVersion); at != name.npos) {
    out.version_id = std::string(name.substr(at + kVersion.size()));
    name = name.substr(0, at);
  }
  auto decoded = url_decode(name);
  if (!decoded) return invalid("Invalid copy source encoding.");
  std::string_view path = *decoded;
  if (path.starts_with('/')) path.remove_prefix(1);
  const size_t slash = path.find('/');
  if (slash == path.npos || slash == 0 || slash + 1 == path.size())
    return invalid("Invalid copy source object key");
  out.bucket = path.substr(0, slash);
  out.key = path.substr(slash + 1);
  if (out.bucket.find(':') != std::string::npos || !s3::check_key(out.key).ok())
    return invalid("Invalid copy source object key");
  return out;
}

Result<SourceFacts> source_facts(const Call& call, const SourceHeaders& headers) {
  SourceFacts out;
  TRY(out.name, parse_copy_source(headers.source));
  TRY_OK(check_version_id(out.name.version_id));
  TRY(out.bucket, find_bucket(call, out.name.bucket, headers.expected_owner));
  const s3::Transport transport = transport_of(call);
  const bool directory = out.bucket->value.kind == s3::BucketKind::kDirectory;
  if (directory && !(transport.tls && transport.signature_v4)) return s3::access_denied();
  TRY(out.customer_key,
      s3::parse_customer_key(headers.customer_algorithm,
                             headers.customer_key ? &*headers.customer_key : nullptr,
                             headers.customer_key_md5));
  return out;
}

std::optional<std::string> source_version(const Bucket& bucket, const std::string& version) {
  if (bucket.versioning == s3::Versioning::kNever) return std::nullopt;
  return version;
}

void add_source_demands(std::vector<Demand>& demands, const SourceFacts& source) {
  const Bucket& bucket = source.bucket->value;
  const size_t first = demands.size();
  demands.push_back(read_demand(bucket, source.name.key, source.name.version_id));
  source.existing.set(demands.back());
  demands.push_back(may_learn_missing(bucket));
  if (bucket.kind == s3::BucketKind::kGeneralPurpose) return;
  for (size_t i = first; i < demands.size(); ++i) {
    demands[i].conditions.set(kSessionMode, "ReadOnly");
    set_session_key(demands[i].conditions, bucket, bucket.encryption.algorithm, false);
  }
}

}  // namespace coffer::api::s3_ops
