#pragma once
// rados_keys are the names and small values of the RADOS engine (docs/formats/rados.md). A
// partition is one object, and the first octet of an omap key tells what the rest names.
#include <optional>

#include "store/meta_store.h"

namespace coffer::store::rados {

enum class Kind : char {
  kBody = 'b',
  kCounter = 'c',
  kGarbage = 'g',
  kLink = 'l',
  kRow = 'r',
};
std::string omap_key(Kind kind, std::string_view name);

// counter_key is the row of one writer; counter_prefix begins the keys of every counter whose name
// begins so, and its order is the names'.
std::string counter_key(std::string_view counter, uint64_t writer);
std::string counter_prefix(std::string_view name_prefix);
// counter_of answers the name in an omap key of Kind::kCounter; a damaged one is nullopt.
std::optional<std::string> counter_of(std::string_view key);
Bytes encode_count(int64_t value);
std::optional<int64_t> decode_count(ByteView bytes);

// A garbage row waits from the commit that unlinks a blob until the blob is freed.
struct Garbage {
  int64_t due_ms = 0;
  BlobRef ref;
};
Bytes encode(const Garbage& row);
std::optional<Garbage> decode_garbage(ByteView bytes);
Bytes encode_link(const BlobRef& ref);

Bytes encode_locator(const Id128& blob);
std::optional<Id128> decode_locator(const BlobRef& ref);

}  // namespace coffer::store::rados
