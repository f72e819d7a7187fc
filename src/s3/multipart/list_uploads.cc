// ListMultipartUploads. Source: S3 API Reference, ListMultipartUploads.
#include "s3/multipart/uploads.h"

namespace coffer::s3 {

// Found are the first rows of every shard, in order: (key, upload ID), or a common prefix and no
// ID.
struct Uploads::Found {
  std::map<std::pair<std::string, std::string>, Bytes> rows;
};

namespace {
std::string first_row(const UploadQuery& q) {
  const std::string row = "u/" + q.after_key;
  if (!q.after_id.empty()) return upload_row(q.after_key, q.after_id) + '\0';
  const bool common =
      !q.delimiter.empty() && q.after_key.size() > q.prefix.size() &&
      q.after_key.ends_with(q.delimiter) &&
      q.after_key.find(q.delimiter, q.prefix.size()) == q.after_key.size() - q.delimiter.size();
  if (common) return store::after_prefix(row);
  return row + '\1';  // a key's own rows have NUL here
}
}  // namespace

// find_in_shard adds what one shard has to give to a page: one more than fits tells that there is
// more.
Task<Status> Uploads::find_in_shard(const UploadQuery& q, uint32_t shard, Found& found) {
  store::Range range = store::prefix_range("u/" + q.prefix);
  if (!q.after_key.empty()) range.from = std::max(range.from, first_row(q));
  for (size_t count = 0; count <= q.max;) {
    CO_TRY(store::Page page, co_await d_.index.meta().scan(q.bucket->value.shard(shard), range,
                                                           {.rows = q.max + 1 - count}));
    bool skipped = false;
    for (const store::Row& row : page.rows) {
      const size_t nul = row.key.find('\0');
      if (nul == std::string::npos) co_return internal_error("index shard: malformed upload row");
      const std::string key = row.key.substr(2, nul - 2);
      ++count;
      range.from = row.key + '\0';
      const size_t cut =
          q.delimiter.empty() ? std::string::npos : key.find(q.delimiter, q.prefix.size());
      if (cut == std::string::npos) {
        found.rows.emplace(std::pair(key, row.key.substr(nul + 1)), row.value);
        continue;
      }
      const std::string common = key.substr(0, cut + q.delimiter.size());
      found.rows.emplace(std::pair(common, std::string()), Bytes());
      range.from = store::after_prefix("u/" + common);
      skipped = true;
      break;
    }
    if (!skipped && !page.more) break;
  }
  co_return ok_status();
}

Task<Result<UploadPage>> Uploads::list_uploads(UploadQuery q) {
  UploadPage out;
  constexpr size_t kKeyBytesMax = 1024;
  if (q.max == 0 || q.prefix.size() > kKeyBytesMax) co_return out;
  if (q.after_key.size() > kKeyBytesMax) q.after_key.resize(kKeyBytesMax + 1);
  if (q.after_id.size() > kKeyBytesMax) q.after_id.resize(kKeyBytesMax);
  Found found;
  for (uint32_t shard = 0; shard < q.bucket->value.shards; ++shard)
    CO_TRY_OK(co_await find_in_shard(q, shard, found));
  for (const auto& [name, raw] : found.rows) {
    out.truncated = out.items.size() + out.common_prefixes.size() == q.max;
    if (out.truncated) break;
    std::tie(out.last_key, out.last_id) = name;
    if (name.second.empty()) {
      out.common_prefixes.push_back(name.first);
      continue;
    }
    UploadPage::Item item{.key = name.first};
    item.upload.id = name.second;
    CO_TRY(Bytes plain,
           d_.index.open_row(q.bucket->value, upload_row(name.first, name.second), raw));
    CO_TRY(item.upload.record, decode_upload(plain));
    out.items.push_back(std::move(item));
  }
  co_return out;
}

}  // namespace coffer::s3
