// ListObjectVersions' walk. Source: S3 API Reference, ListObjectVersions.
#include "s3/listing/version_cursor.h"

namespace coffer::s3 {

namespace {
constexpr size_t kGroupedPageRows = 64;

// start_of says where the page begins, in every shard.
VersionCursor::Start start_of(const VersionQuery& q) {
  store::Range heads = store::prefix_range("h/" + q.prefix);
  store::Range versions = store::prefix_range("v/" + q.prefix);
  VersionCursor::Start out{heads.from, versions.from, heads.to, versions.to};
  out.page_rows = q.delimiter.empty() ? std::min<size_t>(q.max + 1, 1000) : kGroupedPageRows;
  if (q.after_key.empty() || q.after_key < q.prefix) return out;
  const std::string versions_of = std::string("v/").append(q.after_key).append(1, '\0');
  const bool prefix_given =
      !q.delimiter.empty() && q.after_key.starts_with(q.prefix) &&
      q.after_key.ends_with(q.delimiter) &&
      q.after_key.find(q.delimiter, q.prefix.size()) == q.after_key.size() - q.delimiter.size();
  if (q.after) {
    out.heads = head_row(q.after_key);
    out.versions =
        q.after->order == 0 ? versions_of : version_row(q.after_key, q.after->order) + '\0';
    out.key = q.after_key;
    out.order = q.after->order;
  } else if (prefix_given) {
    out.heads = store::after_prefix("h/" + q.after_key);
    out.versions = store::after_prefix("v/" + q.after_key);
  } else {
    out.heads = head_row(q.after_key) + '\0';
    out.versions = store::after_prefix(versions_of);
  }
  out.heads = std::max(out.heads, heads.from);
  out.versions = std::max(out.versions, versions.from);
  return out;
}

VersionCursor* least(std::vector<VersionCursor>& cursors) {
  VersionCursor* out = nullptr;
  for (VersionCursor& c : cursors)
    if (c.at() && (!out || c.at()->key < out->at()->key)) out = &c;
  return out;
}
}  // namespace

Task<Result<ListedVersions>> Listing::list_versions(VersionQuery q) {
  constexpr size_t kKeyBytesMax = 1024;
  ListedVersions out;
  if (q.max == 0 || q.prefix.size() > kKeyBytesMax) co_return out;
  if (q.after_key.size() > kKeyBytesMax) {
    q.after_key.resize(kKeyBytesMax + 1);  // no key lies between
    q.after.reset();
  }
  if (q.after && q.after->null) {
    // What is gone has no place any more: its key is then listed from the beginning.
    CO_TRY(const auto null, co_await index_.find(q.bucket, q.after_key, *q.after));
    q.after->order = null ? null->head.order : 0;
  }
  const VersionCursor::Start start = start_of(q);
  std::vector<VersionCursor> cursors;
  for (uint32_t i = 0; i < q.bucket->value.shards; ++i)
    cursors.emplace_back(index_, q.bucket, i, start);
  for (VersionCursor& c : cursors) CO_TRY_OK(co_await c.load());
  while (VersionCursor* c = least(cursors)) {
    if (out.items.size() + out.common_prefixes.size() == q.max) {
      out.truncated = true;
      break;
    }
    const std::string key = c->at()->key;
    const size_t cut =
        q.delimiter.empty() ? std::string::npos : key.find(q.delimiter, q.prefix.size());
    if (cut == std::string::npos) {
      out.last_key = key;
      out.last_version = version_text(c->at()->head);
      out.items.push_back(c->take());
      CO_TRY_OK(co_await c->load());
      continue;
    }
    const std::string common = key.substr(0, cut + q.delimiter.size());
    out.last_key = common;
    out.last_version.clear();
    out.common_prefixes.push_back(common);
    for (VersionCursor& each : cursors) CO_TRY_OK(co_await each.skip_past(common));
  }
  co_return out;
}

}  // namespace coffer::s3
