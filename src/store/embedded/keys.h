#pragma once
// keys are the RocksDB keys and the small values of the embedded store (docs/formats/store.md).
// Every key begins with the length of what groups it, so that one group is one range and byte order
// within it is the caller's.
#include <optional>

#include "store/meta_store.h"

namespace coffer::store::embedded {

// row_key serves the column families rows, bodies and counters.
Bytes row_key(const Partition& p, std::string_view key);
// partition_of and rest_of take a row_key apart; a damaged one answers empty.
std::string_view partition_of(std::string_view row_key);
std::string_view rest_of(std::string_view row_key);

// Spot is where a blob lies.
struct Spot {
  std::string place;
  uint64_t segment = 0;
  uint64_t blob = 0;
  uint32_t offset = 0;
};
Bytes encode_locator(const Spot& spot);
std::optional<Spot> decode_locator(const BlobRef& ref);

// A link row exists from the commit that links (or unlinks) a blob until the blob is freed.
struct LinkRow {
  enum class State : uint8_t { kLive = 1, kGarbage = 2 };
  State state = State::kLive;
  uint64_t blob = 0;
  uint64_t bytes = 0;
  int64_t due_ms = 0;  // of garbage
};
Bytes segment_prefix(std::string_view place, uint64_t segment);  // of the link rows of one segment
Bytes link_key(const Spot& spot);
std::optional<uint32_t> link_offset(std::string_view link_key);
Bytes encode(const LinkRow& row);
std::optional<LinkRow> decode_link_row(ByteView bytes);

struct GarbageKey {
  int64_t due_ms = 0;
  Spot spot;  // without blob
};
constexpr std::string_view kGarbagePrefix = "g";
constexpr std::string_view kLinkPrefix = "b";
Bytes garbage_key(int64_t due_ms, const Spot& spot);
std::optional<GarbageKey> decode_garbage_key(std::string_view key);

}  // namespace coffer::store::embedded
