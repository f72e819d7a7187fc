#include "s3/listing/listing.h"

namespace coffer::s3 {

namespace {

// Cursor walks the heads of one shard.
class Cursor {
 public:
  Cursor(Index& index, BucketPtr bucket, uint32_t shard, std::string from, std::string to,
         size_t page_rows)
      : index_(index),
        bucket_(std::move(bucket)),
        shard_(shard),
        range_{std::move(from), std::move(to)},
        page_rows_(page_rows) {}

  // key is the one that the cursor stands on; nullptr: the end.
  const std::string* key() const { return at_ < keys_.size() ? &keys_[at_] : nullptr; }
  const store::Row& row() const { return page_.rows[at_]; }

  Task<Status> load() {
    while (at_ >= keys_.size() && !ended_) {
      CO_TRY(page_, co_await index_.meta().scan(bucket_->value.shard(shard_), range_,
                                                {.rows = page_rows_}));
      page_rows_ = 1000;
      at_ = 0;
      keys_.clear();
      for (const store::Row& row : page_.rows) {
        auto key = key_of_head_row(row.key);
        if (!key) co_return internal_error("index shard: malformed head row");
        keys_.push_back(std::move(*key));
      }
      ended_ = !page_.more;
      if (!page_.rows.empty()) range_.from = page_.rows.back().key + '\0';
    }
    co_return ok_status();
  }
  Task<Status> advance() {
    ++at_;
    co_return co_await load();
  }
  // skip_to moves on to the first key at or after `from_row`.
  Task<Status> skip_to(const std::string& from_row, size_t page_rows) {
    while (at_ < keys_.size() && page_.rows[at_].key < from_row) ++at_;
    if (at_ >= keys_.size() && !ended_) {
      range_.from = std::max(range_.from, from_row);
      page_rows_ = page_rows;
    }
    co_return co_await load();
  }

 private:
  Index& index_;
  BucketPtr bucket_;
  uint32_t shard_;
  store::Range range_;
  size_t page_rows_;
  store::Page page_;
  std::vector<std::string> keys_;
  size_t at_ = 0;
  bool ended_ = false;
};

Cursor* least(std::vector<Cursor>& cursors) {
  Cursor* out = nullptr;
  for (Cursor& c : cursors)
    if (c.key() && (!out || *c.key() < *out->key())) out = &c;
  return out;
}
}  // namespace

Task<Result<Listed>> Listing::list(ListOptions o) {
  constexpr size_t kGroupedPageRows = 64;
  Listed out;
  constexpr size_t kKeyBytesMax = 1024;
  if (o.max == 0 || o.prefix.size() > kKeyBytesMax) co_return out;      // no key has such a prefix
  if (o.after.size() > kKeyBytesMax) o.after.resize(kKeyBytesMax + 1);  // no key lies between
  const Bucket& b = o.bucket->value;
  store::Range range = store::prefix_range("h/" + o.prefix);
  if (!o.after.empty() && o.after >= o.prefix) {
    const bool prefix_given =
        !o.delimiter.empty() && o.after.starts_with(o.prefix) && o.after.ends_with(o.delimiter) &&
        o.after.find(o.delimiter, o.prefix.size()) == o.after.size() - o.delimiter.size();
    std::string from =
        prefix_given ? store::after_prefix("h/" + o.after) : head_row(o.after) + '\0';
    range.from = std::max(range.from, from);
  }
  std::vector<Cursor> cursors;
  for (uint32_t i = 0; i < b.shards; ++i)
    cursors.emplace_back(
        index_, o.bucket, i, range.from, range.to,
        o.delimiter.empty() ? std::min<size_t>(o.max + 1, 1000) : kGroupedPageRows);
  for (Cursor& c : cursors) CO_TRY_OK(co_await c.load());
  const BucketPtr now = index_.present(o.bucket);
  const bool versions = now && now->value.versioning != Versioning::kNever;
  while (Cursor* c = least(cursors)) {
    const std::string& key = *c->key();
    std::optional<Head> head;
    if (versions) {
      CO_TRY(head, index_.open_head(b, c->row().key, c->row().value));
      if (head->delete_marker) {
        CO_TRY_OK(co_await c->advance());
        continue;
      }
    }
    const size_t cut =
        o.delimiter.empty() ? std::string::npos : key.find(o.delimiter, o.prefix.size());
    if (out.items.size() + out.common_prefixes.size() == o.max) {
      out.truncated = true;
      break;
    }
    if (cut == std::string::npos) {
      if (!head) {
        CO_TRY(head, index_.open_head(b, c->row().key, c->row().value));
      }
      out.last = key;
      out.items.push_back({key, std::move(*head)});
      CO_TRY_OK(co_await c->advance());
      continue;
    }
    std::string common = key.substr(0, cut + o.delimiter.size());
    const std::string past = store::after_prefix("h/" + common);
    out.last = common;
    out.common_prefixes.push_back(std::move(common));
    for (Cursor& each : cursors) CO_TRY_OK(co_await each.skip_to(past, kGroupedPageRows));
  }
  co_return out;
}

}  // namespace coffer::s3
