#include "s3/lifecycle/lifecycle.h"

#include <algorithm>

#include "base/log.h"
#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr const char* kMoved = "InternalVersionMoved";

// A version that changed, went or is locked is none of lifecycle's any more.
bool left_alone(const Error& e) {
  return e.code == kMoved || e.code == "AccessDenied" || Index::gone(e);
}
}  // namespace

Task<Result<size_t>> Lifecycle::apply() {
  size_t done = 0;
  for (const BucketPtr& bucket : s3_.buckets().all()) {
    if (configurations(bucket->value).lifecycle.empty()) continue;
    auto applied = co_await apply_to(bucket);
    if (applied)
      done += *applied;
    else
      log::error("s3.lifecycle_failed",
                 {{"bucket", bucket->value.name}, {"code", applied.error().code}});
  }
  co_return done;
}

Task<Result<size_t>> Lifecycle::apply_to(BucketPtr bucket) {
  CO_TRY(const size_t expired, co_await expire(bucket));
  CO_TRY(const size_t aborted, co_await abort_uploads(bucket));
  co_return expired + aborted;
}

// expire judges a key's versions together, once all of them were read.
Task<Result<size_t>> Lifecycle::expire(BucketPtr bucket) {
  size_t done = 0;
  std::vector<Item> versions;  // of one key, the newest first
  VersionQuery query{.bucket = bucket};
  for (bool more = true; more;) {
    CO_TRY(ListedVersions page, co_await s3_.listing().list_versions(query));
    for (Item& item : page.items) {
      const bool same = !versions.empty() && versions.back().key == item.key;
      if (!versions.empty() && !same) {
        CO_TRY(const size_t n, co_await expire_key(bucket, std::exchange(versions, {})));
        done += n;
      }
      // A key whose place in the list was lost is listed from its beginning.
      const bool again = same && item.head.order >= versions.back().head.order;
      if (!same || again) versions.clear();
      versions.push_back(std::move(item));
    }
    more = page.truncated;
    query.after_key = page.last_key;
    query.after.reset();
    if (!page.last_version.empty()) {
      CO_TRY(query.after, parse_version_id(page.last_version));
    }
  }
  if (!versions.empty()) {
    CO_TRY(const size_t n, co_await expire_key(bucket, std::move(versions)));
    done += n;
  }
  co_return done;
}

Task<Result<size_t>> Lifecycle::expire_key(BucketPtr bucket, std::vector<Item> versions) {
  const std::vector<LifecycleRule>& rules = configurations(bucket->value).lifecycle;
  const UnixMs now_ms = clock_.business_ms();
  size_t done = 0;
  // The oldest first, so that a delete marker is alone as soon as nothing lies under it.
  size_t left = versions.size();
  for (size_t i = versions.size(); i-- > 0;) {
    const Item& item = versions[i];
    if (item.latest != (i == 0)) continue;  // written to meanwhile
    Tags tags;
    if (needs_tags(rules) && !item.head.delete_marker) {
      auto metadata = co_await s3_.index().metadata(bucket, item.key, item.head);
      if (!metadata && Index::gone(metadata.error())) continue;
      if (!metadata) co_return std::move(metadata.error());
      tags = std::move(metadata->tags);
    }
    Aged aged{.key = item.key, .head = item.head, .tags = tags};
    if (i > 0) {
      aged.noncurrent_since_ms = versions[i - 1].head.modified_ms;
      aged.newer_noncurrent = i - 1;
    }
    aged.alone = left == 1;
    const bool due = std::any_of(rules.begin(), rules.end(), [&](const LifecycleRule& rule) {
      return expires(rule, aged, now_ms);
    });
    if (!due) continue;
    CO_TRY(const bool went, co_await expire_version(bucket, item));
    if (!went) continue;
    ++done;
    --left;
  }
  co_return done;
}

// expire_version answers whether the version went, or behind a delete marker.
Task<Result<bool>> Lifecycle::expire_version(BucketPtr bucket, const Item& item) {
  const BucketPtr now = s3_.index().present(bucket);
  if (!now) co_return no_such_bucket(bucket->value.name);
  const auto unmoved = [id = item.head.object_id, generation = item.head.generation](
                           const std::optional<StoredHead>& current) -> Status {
    const bool same =
        current && current->head.object_id == id && current->head.generation == generation;
    return same ? ok_status() : Status(Error{kMoved, ""});
  };
  const bool behind_marker =
      item.latest && !item.head.delete_marker && now->value.versioning != Versioning::kNever;
  if (behind_marker) {
    NewObject marker;
    marker.head.object_id = random_.id128();
    marker.head.delete_marker = true;
    auto put = co_await s3_.index().put(bucket, item.key, std::move(marker), unmoved, std::nullopt);
    if (!put && !left_alone(put.error())) co_return std::move(put.error());
    co_return put.ok();
  }
  auto removed = co_await s3_.index().remove(bucket, item.key, version_of(item.head), unmoved);
  if (!removed && !left_alone(removed.error())) co_return std::move(removed.error());
  co_return removed.ok();
}

Task<Result<size_t>> Lifecycle::abort_uploads(BucketPtr bucket) {
  const std::vector<LifecycleRule>& rules = configurations(bucket->value).lifecycle;
  const UnixMs now_ms = clock_.business_ms();
  const bool any = std::any_of(rules.begin(), rules.end(), [](const LifecycleRule& rule) {
    return rule.enabled && rule.abort_upload_days;
  });
  size_t done = 0;
  UploadQuery query{.bucket = bucket};
  for (bool more = any; more;) {
    CO_TRY(UploadPage page, co_await s3_.uploads().list_uploads(query));
    for (const UploadPage::Item& item : page.items) {
      const bool due = std::any_of(rules.begin(), rules.end(), [&](const LifecycleRule& rule) {
        return aborts(rule, item.key, item.upload.record.initiated_ms, now_ms);
      });
      if (!due) continue;
      auto upload = co_await s3_.uploads().find(bucket, item.key, item.upload.id);
      if (!upload && upload.error().code == "NoSuchUpload") continue;
      if (!upload) co_return std::move(upload.error());
      auto aborted = co_await s3_.uploads().abort(bucket, item.key, std::move(*upload));
      if (!aborted && aborted.error().code != "NoSuchUpload") co_return std::move(aborted.error());
      if (aborted) ++done;
    }
    more = page.truncated;
    query.after_key = page.last_key;
    query.after_id = page.last_id;
  }
  co_return done;
}

}  // namespace coffer::s3
