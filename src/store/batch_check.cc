#include "store/batch_check.h"

namespace coffer::store {

constexpr size_t kPartitionNameMax = 200;
constexpr size_t kLocatorMax = 64;

static bool is_partition_char(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '/' || c == '_' || c == '-';
}

void check_partition(const Partition& p) {
  CHECK(!p.name.empty() && p.name.size() <= kPartitionNameMax);
  CHECK(std::all_of(p.name.begin(), p.name.end(), is_partition_char));
}

void check_key(std::string_view key) { CHECK(!key.empty() && key.size() <= kRowKeyMax); }

void check_range(const Range& range, const ScanMax& max) {
  CHECK(range.from.size() <= kRowKeyMax + 1 && range.to.size() <= kRowKeyMax + 1);
  CHECK(max.rows >= 1 && max.rows <= 4096 && max.bytes >= 1);
}

size_t check_batch(const Batch& batch) {
  check_partition(batch.in);
  size_t rows = batch.puts.size() + batch.deletes.size() + batch.bodies.size() +
                batch.body_deletes.size() + batch.adds.size() + batch.links.size() +
                batch.unlinks.size();
  CHECK(rows <= kBatchRowsMax && batch.expect.size() <= kBatchRowsMax);
  size_t bytes = 0;
  for (const Expect& e : batch.expect) {
    check_key(e.key);
    CHECK(!e.value || (!e.value->empty() && e.value->size() <= kGuardedValueMax));
  }
  for (const Row& row : batch.puts) {
    check_key(row.key);
    CHECK(!row.value.empty() && row.value.size() <= kRowValueMax);
    bytes += row.key.size() + row.value.size();
  }
  for (const BodyRow& body : batch.bodies) {
    check_key(body.key);
    CHECK(body.value.size() >= 1 && body.value.size() <= kInlineBodyMax);
    bytes += body.key.size() + body.value.size();
  }
  for (const auto* keys : {&batch.deletes, &batch.body_deletes})
    for (const std::string& key : *keys) {
      check_key(key);
      bytes += key.size();
    }
  for (const Add& add : batch.adds) {
    check_key(add.counter);
    bytes += add.counter.size() + sizeof(add.delta);
  }
  for (const auto* refs : {&batch.links, &batch.unlinks})
    for (const BlobRef& ref : *refs) {
      CHECK(!ref.locator.empty() && ref.locator.size() <= kLocatorMax);
      bytes += ref.locator.size();
    }
  CHECK(bytes <= kBatchBytesMax);
  return bytes;
}

}  // namespace coffer::store
