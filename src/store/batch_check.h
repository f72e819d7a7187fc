#pragma once
// batch_check holds the bounds of meta_store.h, which every engine checks alike. A breach is ours,
// hence CHECK.
#include "store/meta_store.h"

namespace coffer::store {

void check_partition(const Partition& p);
void check_key(std::string_view key);
void check_range(const Range& range, const ScanMax& max);
// check_batch answers the batch's size in bytes, keys and values together.
size_t check_batch(const Batch& batch);

}  // namespace coffer::store
