// The versions of a key. Every change of which versions there are is guarded by the key's head,
// which it rewrites; the head is there as long as any version is, and its order is the greatest.
#include "s3/errors.h"
#include "s3/object/index.h"

namespace coffer::s3 {

Task<Result<std::optional<StoredHead>>> Index::noncurrent(BucketPtr bucket, std::string key,
                                                          uint64_t order) {
  const std::string row = version_row(key, order);
  CO_TRY(auto raw, co_await meta().get(bucket->value.partition_of(key), row));
  if (!raw) co_return std::optional<StoredHead>();
  CO_TRY(Head head, open_head(bucket->value, row, *raw));
  if (head.order != order) co_return internal_error("version row: of another order");
  co_return std::optional<StoredHead>(StoredHead{std::move(head), std::move(*raw), true});
}

// A version that is not found may have moved, between the head and the rows beside it, while both
// were read: it is certainly not there only where the head stayed the same.
Task<Result<std::optional<StoredHead>>> Index::find_version(BucketPtr bucket, std::string key,
                                                            VersionId version) {
  std::optional<Bytes> before;
  for (;;) {
    CO_TRY(auto current, co_await head(bucket, key));
    if (!current || version.names(current->head)) co_return current;
    const uint64_t order = version.null ? current->head.null_order : version.order;
    if (order == 0 || order >= current->head.order) co_return std::optional<StoredHead>();
    CO_TRY(auto found, co_await noncurrent(bucket, key, order));
    if (found && version.names(found->head)) co_return found;
    if (before == current->raw) co_return std::optional<StoredHead>();
    before = std::move(current->raw);
  }
}

// supersede puts into the batch what becomes of the current version where it is not the null one
// that another null one replaces, and into `head`, the new one, where the null version is to be
// found.
Task<Status> Index::supersede(store::Batch& batch, BucketPtr bucket, std::string key,
                              const StoredHead& current, Head& head) {
  const Head& old = current.head;
  if (head.has_version_id) {
    head.null_order = old.has_version_id ? old.null_order : old.order;
  } else if (old.null_order != 0) {
    CO_TRY(auto null, co_await noncurrent(bucket, key, old.null_order));
    if (!null) co_return Error{kGone, "null version"};
    const std::string row = null->row(key);
    CO_TRY_OK(co_await add_removal(batch, bucket, key, null->head));
    batch.deletes.push_back(row);
    batch.expect.push_back({row, std::move(null->raw)});
  }
  Head moved = old;
  moved.null_order = 0;
  const std::string row = version_row(key, old.order);
  CO_TRY(Bytes sealed, seal_head(bucket->value, row, moved));
  batch.puts.push_back({row, std::move(sealed)});
  co_return ok_status();
}

// take_out puts into the batch, which guards the target's row, what the end of that version takes
// with it and what the head becomes.
Task<Status> Index::take_out(store::Batch& batch, BucketPtr bucket, std::string key,
                             const StoredHead& target) {
  CO_TRY_OK(co_await add_removal(batch, bucket, key, target.head));
  if (!target.noncurrent) co_return co_await promote(batch, bucket, key, target.head);
  batch.deletes.push_back(target.row(key));
  if (target.head.has_version_id) co_return ok_status();
  CO_TRY(auto current, co_await head(bucket, key));
  if (!current || current->head.null_order != target.head.order)
    co_return Error{kGone, "current version"};
  const std::string row = head_row(key);
  current->head.null_order = 0;
  CO_TRY(Bytes sealed, seal_head(bucket->value, row, current->head));
  batch.expect.push_back({row, std::move(current->raw)});
  batch.puts.push_back({row, std::move(sealed)});
  co_return ok_status();
}

// promote makes the newest noncurrent version current in the place of `old`, or leaves nothing.
Task<Status> Index::promote(store::Batch& batch, BucketPtr bucket, std::string key,
                            const Head& old) {
  const std::string row = head_row(key);
  const BucketPtr now = present(bucket);
  store::Page page;
  if (now && now->value.versioning != Versioning::kNever) {
    const std::string versions = "v/" + key + std::string(1, '\0');
    CO_TRY(page, co_await meta().scan(bucket->value.partition_of(key),
                                      store::prefix_range(versions), {.rows = 1}));
  }
  if (page.rows.empty()) {
    batch.deletes.push_back(row);
    co_return ok_status();
  }
  store::Row& next = page.rows.front();
  CO_TRY(Head head, open_head(bucket->value, next.key, next.value));
  if (old.null_order != head.order) head.null_order = old.null_order;
  CO_TRY(Bytes sealed, seal_head(bucket->value, row, head));
  batch.puts.push_back({row, std::move(sealed)});
  batch.deletes.push_back(next.key);
  batch.expect.push_back({std::move(next.key), std::move(next.value)});
  co_return ok_status();
}

}  // namespace coffer::s3
