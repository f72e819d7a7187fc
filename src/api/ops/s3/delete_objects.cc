// DeleteObjects removes up to 1,000 objects; each is judged and answered by itself.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
#include "api/ops/s3/object_lock.h"
#include "api/ops/s3/versions.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr size_t kEntriesMax = 1000;

struct DeleteObjects {
  struct Entry {
    std::string key;
    std::optional<std::string> version_id, etag;
    std::optional<Timestamp> modified;
    std::optional<int64_t> size;
    static constexpr auto shape() {
      return fields(body<&Entry::key>("Key"), body<&Entry::version_id>("VersionId"),
                    body<&Entry::etag>("ETag"), body<&Entry::modified>("LastModifiedTime"),
                    body<&Entry::size>("Size"));
    }
    s3::DeleteConditions conditions() const {
      s3::DeleteConditions out{.if_match = etag};
      if (modified) out.modified_ms = modified->ms;
      if (size) out.bytes = static_cast<uint64_t>(*size);
      return out;
    }
  };
  struct Deleted {
    std::string key;
    std::optional<std::string> version_id;
    std::optional<bool> delete_marker;
    std::optional<std::string> marker_version_id;
    static constexpr auto shape() {
      return fields(body<&Deleted::key>("Key"), body<&Deleted::version_id>("VersionId"),
                    body<&Deleted::delete_marker>("DeleteMarker"),
                    body<&Deleted::marker_version_id>("DeleteMarkerVersionId"));
    }
  };
  struct List {
    std::vector<Entry> objects;
    std::optional<bool> quiet;
    static constexpr auto shape() {
      return fields(body<&List::objects>("Object", {.flattened = true}),
                    body<&List::quiet>("Quiet"));
    }
  };
  struct Refused {
    std::string key;
    std::optional<std::string> version_id;
    std::string code, message;
    static constexpr auto shape() {
      return fields(body<&Refused::key>("Key"), body<&Refused::version_id>("VersionId"),
                    body<&Refused::code>("Code"), body<&Refused::message>("Message"));
    }
  };
  struct Input {
    BucketName at;
    List list;
    std::optional<bool> bypass_governance;
  };
  struct Output {
    std::vector<Deleted> deleted;
    std::vector<Refused> refused;
  };
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "DeleteObjects",
                               .route = {Method::kPost, Scope::kBucket, "delete"},
                               .body_bytes_max = 2 * 1024 * 1024,
                               .data_event = true,
                               .checksum_required = true,
                               .output_root = "DeleteResult"};
  static constexpr auto input =
      fields(group<&Input::at>(), payload<&Input::list>("Delete", {.required = true}),
             header<&Input::bypass_governance>("x-amz-bypass-governance-retention"));
  static constexpr auto output = fields(body<&Output::deleted>("Deleted", {.flattened = true}),
                                        body<&Output::refused>("Error", {.flattened = true}));

  static Status validate(const Input& in, const Call&) {
    if (in.list.objects.empty() || in.list.objects.size() > kEntriesMax) return s3::malformed_xml();
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket(call, in.at);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call&) {
    std::vector<Demand> out;
    out.reserve(in.list.objects.size());
    for (size_t i = 0; i < in.list.objects.size(); ++i) {
      const Entry& entry = in.list.objects[i];
      out.push_back(on_object(bucket->value, entry.key,
                              entry.version_id ? "s3:DeleteObjectVersion" : "s3:DeleteObject"));
      set_if_sent(out.back(), "s3:VersionId", entry.version_id);
      set_if_sent(out.back(), "s3:if-match", entry.etag);
      out.back().entry = i;
      const auto also = [&](Demand demand) {
        demand.entry = i;
        out.push_back(std::move(demand));
      };
      if (entry.etag && *entry.etag != "*")
        also(on_object(bucket->value, entry.key, "s3:GetObject"));
      if (in.bypass_governance.value_or(false)) also(bypass_demand(bucket->value, entry.key));
    }
    return out;
  }
  static Task<Result<Deleted>> remove(Call& call, BucketPtr bucket, Entry entry,
                                      bool bypass_governance) {
    CO_TRY_OK(s3::check_key(entry.key));
    std::optional<s3::VersionId> version;
    if (entry.version_id) {
      CO_TRY(version, s3::parse_version_id(*entry.version_id));
    }
    s3::DeleteConditions conditions = entry.conditions();
    if ((entry.modified || entry.size) && bucket->value.kind == s3::BucketKind::kGeneralPurpose)
      co_return s3::not_implemented("LastModifiedTime,Size");
    Deleted out{.key = entry.key, .version_id = entry.version_id};
    CO_TRY(const auto done,
           co_await call.services.s3->objects().remove(bucket, std::move(entry.key), version,
                                                       {std::move(conditions), bypass_governance}));
    if (!done && version && !version->null)
      co_return s3::no_such_version(out.key, *entry.version_id);
    if (!done || !done->delete_marker) co_return out;
    out.delete_marker = true;
    out.marker_version_id = shown_version(bucket->value, *done);
    co_return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    Output out;
    const bool quiet = in->list.quiet.value_or(false);
    for (size_t i = 0; i < in->list.objects.size(); ++i) {
      const Entry& entry = in->list.objects[i];
      const Error* refusal = in.entry_refusal(i);
      Result<Deleted> done =
          refusal ? Result<Deleted>(*refusal)
                  : co_await remove(call, bucket, entry, in->bypass_governance.value_or(false));
      if (!done.ok()) {
        out.refused.push_back({entry.key, entry.version_id, std::move(done.error().code),
                               std::move(done.error().message)});
      } else if (!quiet) {
        out.deleted.push_back(std::move(*done));
      }
    }
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, DeleteObjects);

}  // namespace coffer::api
