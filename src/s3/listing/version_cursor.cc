#include "s3/listing/version_cursor.h"

#include <algorithm>

#include "s3/errors.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 16;
constexpr size_t kPageRows = 1000;

std::string key_of(const store::Row& head_row) {
  return key_of_head_row(head_row.key).value_or(std::string());
}
std::string versions_of(std::string_view key) {
  return std::string("v/").append(key).append(1, '\0');
}
}  // namespace

// Window is what one look at the shard saw: heads, and the rows of older versions of the same keys.
struct VersionCursor::Window {
  store::Page heads, versions;
  std::string end_heads;  // how far both go
};

ListedVersions::Item VersionCursor::take() {
  ListedVersions::Item out = std::move(items_.front());
  items_.pop_front();
  return out;
}

Task<Status> VersionCursor::load() {
  for (int attempt = 0; items_.empty() && !ended_; ++attempt) {
    if (attempt == kAttemptsMax) co_return slow_down();
    const size_t rows = std::max<size_t>(1, next_.page_rows >> std::min(2 * attempt, 20));
    CO_TRY(const bool done, co_await load_once(rows));
    if (!done) continue;
    next_.page_rows = kPageRows;
    attempt = -1;
  }
  co_return ok_status();
}

// A version moves between the two kinds of rows when another becomes current, and two pages are not
// one snapshot: what was seen counts only where the heads are the same before and after.
Task<Result<bool>> VersionCursor::load_once(size_t rows) {
  const store::Partition in = bucket_->value.shard(shard_);
  Window window{.end_heads = next_.end_heads};
  CO_TRY(window.heads,
         co_await index_.meta().scan(in, {next_.heads, next_.end_heads}, {.rows = rows}));
  auto& heads = window.heads.rows;
  std::string end_versions = next_.end_versions;
  if (window.heads.more) {
    window.end_heads = heads.back().key + '\0';
    end_versions = store::after_prefix(versions_of(key_of(heads.back())));
  }
  const BucketPtr now = index_.present(bucket_);
  if (now && now->value.versioning != Versioning::kNever && next_.versions < end_versions) {
    CO_TRY(window.versions,
           co_await index_.meta().scan(in, {next_.versions, end_versions}, {.rows = rows}));
    if (window.versions.more) {
      const auto last = place_of_version_row(window.versions.rows.back().key);
      if (!last) co_return internal_error("index shard: malformed version row");
      window.end_heads = head_row(last->key) + '\0';
      std::erase_if(heads, [&](const store::Row& row) { return row.key >= window.end_heads; });
    }
    CO_TRY(const bool same, co_await unchanged(window));
    if (!same) co_return false;
  }
  CO_TRY_OK(merge(window));
  move_past(window);
  co_return true;
}

Task<Result<bool>> VersionCursor::unchanged(const Window& window) {
  const auto& heads = window.heads.rows;
  store::Range range{next_.heads, window.end_heads};
  size_t at = 0;
  for (;;) {
    CO_TRY(const store::Page page,
           co_await index_.meta().scan(bucket_->value.shard(shard_), range, {.rows = kPageRows}));
    for (const store::Row& row : page.rows) {
      if (at == heads.size() || row.key != heads[at].key || row.value != heads[at].value)
        co_return false;
      ++at;
    }
    if (!page.more) co_return at == heads.size();
    range.from = page.rows.back().key + '\0';
  }
}

Status VersionCursor::merge(const Window& window) {
  const Bucket& b = bucket_->value;
  auto version = window.versions.rows.begin();
  const auto older_of = [&](const std::string& key) -> Status {
    const std::string prefix = versions_of(key);
    for (; version != window.versions.rows.end() && version->key.starts_with(prefix); ++version) {
      TRY(Head head, index_.open_head(b, version->key, version->value));
      items_.push_back({key, std::move(head), false});
    }
    return ok_status();
  };
  for (const store::Row& row : window.heads.rows) {
    const std::string key = key_of(row);
    if (key.empty()) return internal_error("index shard: malformed head row");
    TRY(Head head, index_.open_head(b, row.key, row.value));
    const bool given = next_.order != 0 && key == next_.key && head.order >= next_.order;
    if (!given) items_.push_back({key, std::move(head), true});
    TRY_OK(older_of(key));
  }
  if (version != window.versions.rows.end())
    return internal_error("index shard: a version without a current one");
  return ok_status();
}

void VersionCursor::move_past(const Window& window) {
  next_.key.clear();
  next_.order = 0;
  if (window.versions.more) {
    next_.versions = window.versions.rows.back().key + '\0';
    const auto last = place_of_version_row(window.versions.rows.back().key);
    next_.key = last->key;
    next_.order = last->order;
    next_.heads = head_row(last->key);
  } else if (window.heads.more) {
    next_.heads = window.end_heads;
    next_.versions = store::after_prefix(versions_of(key_of(window.heads.rows.back())));
  } else {
    ended_ = true;
  }
}

Task<Status> VersionCursor::skip_past(std::string prefix) {
  while (!items_.empty() && items_.front().key.starts_with(prefix)) items_.pop_front();
  if (items_.empty() && !ended_) {
    const std::string heads = store::after_prefix("h/" + prefix);
    if (next_.heads < heads) {
      next_.heads = heads;
      next_.versions = store::after_prefix("v/" + prefix);
      next_.order = 0;
    }
  }
  co_return co_await load();
}

}  // namespace coffer::s3
