#include "store/rados/omap_meta.h"

#include "base/log.h"
#include "store/batch_check.h"

namespace coffer::store::rados {

constexpr uint64_t kRowsMax = 1024;  // the OSD's own bound of one call
constexpr uint64_t kBodiesMax = 64;

namespace {
using Rows = std::map<std::string, bufferlist>;
struct Found {
  Rows exact, rows;
  bool more = false;
  int exact_code = 0, rows_code = 0;
};
}  // namespace

Task<Result<std::optional<Bytes>>> OmapMeta::get_from(Kind kind, Partition p, std::string key) {
  check_partition(p);
  check_key(key);
  auto found = std::make_shared<Found>();
  auto op = std::make_shared<librados::ObjectReadOperation>();
  const std::string name = omap_key(kind, key);
  op->omap_get_vals_by_keys({name}, &found->exact, &found->exact_code);
  int code = co_await read(parts_.io, p.name, op, found);
  if (code == -ENOENT) co_return std::optional<Bytes>();
  if (code < 0) co_return error_of_code(code, "a row's read");
  auto i = found->exact.find(name);
  if (i == found->exact.end()) co_return std::optional<Bytes>();
  co_return std::optional<Bytes>(bytes_of(i->second));
}

Task<Result<std::optional<Bytes>>> OmapMeta::get(Partition p, std::string key) {
  return get_from(Kind::kRow, std::move(p), std::move(key));
}

Task<Result<std::optional<SealedBytes>>> OmapMeta::get_body(Partition p, std::string key) {
  CO_TRY(auto bytes, co_await get_from(Kind::kBody, std::move(p), std::move(key)));
  if (!bytes) co_return std::optional<SealedBytes>();
  co_return std::optional<SealedBytes>(BlobAccess::make(std::move(*bytes)));
}

// The range's first key is asked for by name, since a listing begins after a key; both reads are
// one operation and so one snapshot.
Task<Result<Page>> OmapMeta::scan_kind(Kind kind, Partition p, Range range, ScanMax max) {
  check_partition(p);
  check_range(range, max);
  const uint64_t limit = std::min<uint64_t>(max.rows, kind == Kind::kBody ? kBodiesMax : kRowsMax);
  auto found = std::make_shared<Found>();
  auto op = std::make_shared<librados::ObjectReadOperation>();
  const std::string from = omap_key(kind, range.from);
  op->omap_get_vals_by_keys({from}, &found->exact, &found->exact_code);
  op->omap_get_vals2(from, omap_key(kind, ""), limit, &found->rows, &found->more,
                     &found->rows_code);
  int code = co_await read(parts_.io, p.name, op, found);
  Page page;
  if (code == -ENOENT) co_return page;
  if (code < 0) co_return error_of_code(code, "a listing");
  found->rows.merge(found->exact);
  page.more = found->more;
  size_t bytes = 0;
  for (const auto& [name, value] : found->rows) {
    std::string key = name.substr(1);
    if (!range.to.empty() && key >= range.to) {
      page.more = false;
      break;
    }
    if (page.rows.size() >= limit || bytes > max.bytes) {
      page.more = true;
      break;
    }
    bytes += key.size() + value.length();
    page.rows.push_back({std::move(key), bytes_of(value)});
  }
  co_return page;
}

Task<Result<Page>> OmapMeta::scan(Partition p, Range range, ScanMax max) {
  return scan_kind(Kind::kRow, std::move(p), std::move(range), max);
}
Task<Result<Page>> OmapMeta::scan_bodies(Partition p, Range range, ScanMax max) {
  return scan_kind(Kind::kBody, std::move(p), std::move(range), max);
}

Task<Result<std::vector<std::pair<std::string, int64_t>>>> OmapMeta::counters(Partition p,
                                                                              std::string prefix) {
  check_partition(p);
  std::map<std::string, int64_t> sums;
  const std::string begin = counter_prefix(prefix);
  for (std::string after = begin;;) {
    auto found = std::make_shared<Found>();
    auto op = std::make_shared<librados::ObjectReadOperation>();
    op->omap_get_vals2(after, begin, kRowsMax, &found->rows, &found->more, &found->rows_code);
    int code = co_await read(parts_.io, p.name, op, found);
    if (code == -ENOENT) break;
    if (code < 0) co_return error_of_code(code, "a counter's read");
    for (const auto& [key, list] : found->rows) {
      auto name = counter_of(key);
      auto value = decode_count(bytes_of(list));
      if (!name || !value) co_return internal_error("a damaged counter");
      int64_t& sum = sums[*name];
      sum = static_cast<int64_t>(static_cast<uint64_t>(sum) + static_cast<uint64_t>(*value));
    }
    if (!found->more || found->rows.empty()) break;
    after = found->rows.rbegin()->first;
  }
  std::erase_if(sums, [](const auto& each) { return each.second == 0; });
  co_return std::vector<std::pair<std::string, int64_t>>(sums.begin(), sums.end());
}

Task<Result<int64_t>> OmapMeta::sum(Partition p, std::string counter) {
  // The writer's octets end the key: what begins with the name and its end mark is this counter.
  CO_TRY(auto all, co_await counters(std::move(p), counter));
  for (const auto& [name, value] : all)
    if (name == counter) co_return value;
  co_return int64_t{0};
}

// What tells of blobs stays: the reaper needs it.
Task<Status> OmapMeta::drop(Partition p) {
  check_partition(p);
  std::vector<std::string> changed;
  for (Kind kind : {Kind::kRow, Kind::kBody, Kind::kCounter})
    for (bool more = true; more;) {
      struct Keys {
        std::set<std::string> keys;
        bool more = false;
        int code = 0;
      };
      auto found = std::make_shared<Keys>();
      auto list = std::make_shared<librados::ObjectReadOperation>();
      const std::string begin = omap_key(kind, "");
      list->omap_get_keys2(begin, kRowsMax, &found->keys, &found->more, &found->code);
      int code = co_await read(parts_.io, p.name, list, found);
      if (code == -ENOENT) co_return ok_status();
      if (code < 0) co_return error_of_code(code, "a partition's drop");
      const size_t listed = found->keys.size();
      std::erase_if(found->keys, [&](const auto& key) { return !key.starts_with(begin); });
      more = found->more && found->keys.size() == listed;
      if (found->keys.empty()) break;
      auto op = std::make_shared<librados::ObjectWriteOperation>();
      op->omap_rm_keys(found->keys);
      code = co_await write(parts_.io, p.name, op);
      if (code < 0) co_return error_of_code(code, "a partition's drop");
      if (kind == Kind::kRow)
        for (const auto& key : found->keys) changed.push_back(key.substr(1));
    }
  QueuePtr queue = queue_of(p);
  {
    std::lock_guard lock(queue->mutex);
    queue->forget = true;
  }
  if (!changed.empty()) hub_.notify(p, changed);
  co_return ok_status();
}

Task<Result<std::vector<Partition>>> OmapMeta::partitions(std::string prefix) {
  IoCtx io = parts_.io;
  auto list = [io, prefix]() mutable { return list_objects(io, prefix); };
  CO_TRY(auto names, co_await offload(parts_.pool, std::move(list)));
  std::vector<Partition> out;
  for (std::string& name : names) {
    Partition p{std::move(name)};
    CO_TRY(Page page, co_await scan(p, {}, {.rows = 1}));
    if (!page.rows.empty()) out.push_back(std::move(p));
  }
  co_return out;
}

}  // namespace coffer::store::rados
