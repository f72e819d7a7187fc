#pragma once
// What GetObject and HeadObject take and answer alike. Source: S3 API Reference, GetObject,
// HeadObject.
#include "api/ops/s3/checksums.h"
#include "api/ops/s3/tagging.h"
#include "api/ops/s3/versions.h"

namespace coffer::api::s3_ops {

// ObjectRead is the request of both.
struct ObjectRead {
  ObjectName at;
  std::optional<std::string> version_id, range, part_number, checksum_mode;
  ReadConditionHeaders conditions;
  SseHeaders sse;
  std::optional<std::string> cache_control, content_disposition, content_encoding, content_language,
      content_type, expires;
  static constexpr auto shape() {
    using R = ObjectRead;
    return fields(group<&R::at>(), query<&R::version_id>("versionId"), header<&R::range>("Range"),
                  query<&R::part_number>("partNumber"),
                  header<&R::checksum_mode>("x-amz-checksum-mode"), group<&R::conditions>(),
                  group<&R::sse>(), query<&R::cache_control>("response-cache-control"),
                  query<&R::content_disposition>("response-content-disposition"),
                  query<&R::content_encoding>("response-content-encoding"),
                  query<&R::content_language>("response-content-language"),
                  query<&R::content_type>("response-content-type"),
                  query<&R::expires>("response-expires"));
  }
  bool overrides() const {
    return cache_control || content_disposition || content_encoding || content_language ||
           content_type || expires;
  }
};
// check_read refuses what no object could answer.
Status check_read(const ObjectRead& in, const Call& call);
std::vector<Demand> read_demands(const ObjectRead& in, const VersionFacts& facts);
Result<s3::ReadOptions> read_options(const ObjectRead& in, const VersionFacts& facts);

struct ObjectAnswer {
  std::optional<std::string> accept_ranges, etag, content_type, content_encoding,
      content_disposition, content_language, cache_control, expires, content_range, storage_class,
      website_redirect_location, version_id;
  Timestamp last_modified;
  std::optional<int64_t> parts, tags;
  std::optional<std::string> lock_mode, lock_until, legal_hold;
  SseAnswer sse;
  ChecksumAnswer checksum;
  std::map<std::string, std::string> user;
  static constexpr auto shape() {
    using A = ObjectAnswer;
    return fields(
        header<&A::accept_ranges>("Accept-Ranges"), header<&A::last_modified>("Last-Modified"),
        header<&A::etag>("ETag"), header<&A::content_type>("Content-Type"),
        header<&A::content_encoding>("Content-Encoding"),
        header<&A::content_disposition>("Content-Disposition"),
        header<&A::content_language>("Content-Language"),
        header<&A::cache_control>("Cache-Control"), header<&A::expires>("Expires"),
        header<&A::content_range>("Content-Range"),
        header<&A::storage_class>("x-amz-storage-class"),
        header<&A::website_redirect_location>("x-amz-website-redirect-location"),
        header<&A::parts>("x-amz-mp-parts-count"), header<&A::tags>("x-amz-tagging-count"),
        header<&A::lock_mode>("x-amz-object-lock-mode"),
        header<&A::lock_until>("x-amz-object-lock-retain-until-date"),
        header<&A::legal_hold>("x-amz-object-lock-legal-hold"),
        header<&A::version_id>("x-amz-version-id"), group<&A::sse>(), group<&A::checksum>(),
        prefix_headers<&A::user>("x-amz-meta-"));
  }
};
// describe puts an answer into headers and sets the call's status: 200, 206 or 304.
ObjectAnswer describe(const ObjectRead& in, const Bucket& bucket, const s3::ReadAnswer& answer,
                      const s3::CustomerKeyPtr& customer_key, Call& call);

}  // namespace coffer::api::s3_ops
