#include "store/blob_ref.h"

namespace coffer::store {

constexpr size_t kPlaceMax = 255;
constexpr size_t kLocatorMax = 64;

void encode(Writer& w, const BlobRef& ref) {
  w.bytes(ref.place).bytes(ref.locator).varint(ref.bytes);
}

BlobRef decode_blob_ref(Reader& r) {
  BlobRef ref;
  ref.place = r.str();
  ref.locator = r.str();
  ref.bytes = r.varint();
  if (ref.place.size() > kPlaceMax || ref.locator.size() > kLocatorMax) r.fail();
  if (!r.ok()) return {};
  return ref;
}

}  // namespace coffer::store
