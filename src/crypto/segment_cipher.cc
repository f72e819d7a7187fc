#include "crypto/segment_cipher.h"

#include <cstring>

#include "base/check.h"
#include "crypto/aead.h"
#include "crypto/mac.h"
#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr std::string_view kAadMagic[] = {"coffer-extent-v1", "coffer-outer--v1"};
constexpr std::string_view kKeyLabel[] = {"coffer extent", "coffer outer extent"};
constexpr size_t kAadBytes = 16 + 16 + 8 + 1;
static_assert(kAadMagic[0].size() == 16 && kAadMagic[1].size() == 16);

// What one segment holds before this layer seals it.
constexpr uint64_t segment_bytes(SegmentLayer layer) {
  return layer == SegmentLayer::kInner ? kSegmentBytes : kSegmentBytes + kTagBytes;
}

void put_u64(uint8_t* out, uint64_t v) {
  for (int shift = 56; shift >= 0; shift -= 8) *out++ = static_cast<uint8_t>(v >> shift);
}

Nonce segment_nonce(uint64_t index, bool last) {
  Nonce nonce{};
  nonce[0] = last ? 0x80 : 0x00;
  put_u64(&nonce[4], index);
  return nonce;
}

FixedBytes<kAadBytes> segment_aad(SegmentLayer layer, const Id128& extent_id, uint64_t index,
                                  bool last) {
  const std::string_view magic = kAadMagic[static_cast<size_t>(layer)];
  FixedBytes<kAadBytes> aad;
  std::memcpy(aad.data(), magic.data(), magic.size());
  std::memcpy(&aad[16], extent_id.data(), extent_id.size());
  put_u64(&aad[32], index);
  aad[40] = last ? 1 : 0;
  return aad;
}

}  // namespace

uint64_t sealed_bytes(uint64_t plain_bytes, unsigned layers) {
  const uint64_t segments = plain_bytes == 0 ? 1 : (plain_bytes - 1) / kSegmentBytes + 1;
  return plain_bytes + segments * layers * kTagBytes;
}

SegmentCipher::SegmentCipher(const Secret& data_key, const Id128& extent_id, SegmentLayer layer)
    : key_(kdf(data_key, kKeyLabel[static_cast<size_t>(layer)], extent_id.view())),
      extent_id_(extent_id),
      layer_(layer) {
  CHECK(data_key.size() == 32);
}

void SegmentCipher::seal(uint64_t index, bool last, ByteView plaintext, MutableBytes out) const {
  CHECK(index <= UINT32_MAX);
  const uint64_t full = segment_bytes(layer_);
  CHECK(last ? plaintext.size() <= full : plaintext.size() == full);
  seal_into(key_, segment_nonce(index, last), segment_aad(layer_, extent_id_, index, last).view(),
            plaintext, out);
}

bool SegmentCipher::open(uint64_t index, bool last, ByteView sealed, MutableBytes out) const {
  const uint64_t full = segment_bytes(layer_) + kTagBytes;
  if (index > UINT32_MAX || sealed.size() > full || (!last && sealed.size() != full)) {
    wipe(out.data(), out.size());
    return false;
  }
  return open_into(key_, segment_nonce(index, last),
                   segment_aad(layer_, extent_id_, index, last).view(), sealed, out);
}

Hash256 key_commitment(const Secret& data_key, const Id128& object_id) {
  const Secret derived = kdf(data_key, "coffer commitment", object_id.view());
  return Hash256::from(read_key(derived));
}

}  // namespace coffer::crypto
