#pragma once
// SegmentCipher seals one extent: plaintext in segments of 64 KiB, each AES-256-GCM under the
// extent's key with a deterministic nonce, the last one flagged. docs/formats/segment.md has the
// bytes. An extent key seals its extent once and never again. Under two layers the outer cipher
// seals what the inner one sealed, segment by segment, under a key of its own.
#include "base/bytes.h"
#include "base/secret.h"

namespace coffer::crypto {

constexpr uint64_t kSegmentBytes = 64 * 1024;  // of plaintext; only the last segment is shorter
// sealed_segment_bytes is a full segment under `layers` (1 or 2) ciphers: a tag for each.
constexpr uint64_t sealed_segment_bytes(unsigned layers) { return kSegmentBytes + 16 * layers; }

// sealed_bytes is the ciphertext length of an extent of `plain_bytes` plaintext bytes: at least one
// segment, even when empty.
uint64_t sealed_bytes(uint64_t plain_bytes, unsigned layers);

// SegmentLayer: the inner cipher, which is the only one but under DSSE-KMS, seals plaintext; the
// outer one what the inner one sealed.
enum class SegmentLayer : uint8_t { kInner, kOuter };

class SegmentCipher {
 public:
  // `data_key`: 32 bytes. The extent key is kdf(data_key, "coffer extent", extent_id); the outer
  // layer's is kdf(data_key, "coffer outer extent", extent_id).
  SegmentCipher(const Secret& data_key, const Id128& extent_id,
                SegmentLayer layer = SegmentLayer::kInner);
  SegmentCipher(SegmentCipher&&) noexcept = default;
  // seal writes plaintext.size() + 16 bytes to `out`, which may begin at the plaintext's own
  // memory. Segments of one extent may be sealed in any order, each index once; `last` marks the
  // final one. index < 2^32.
  void seal(uint64_t index, bool last, ByteView plaintext, MutableBytes out) const;
  // open writes sealed.size() - 16 bytes, to `out`, which may be the ciphertext's own memory; false
  // where the segment is not this extent's, this index's, or not (or wrongly) last.
  [[nodiscard]] bool open(uint64_t index, bool last, ByteView sealed, MutableBytes out) const;

 private:
  Secret key_;
  Id128 extent_id_;
  SegmentLayer layer_;
};

// key_commitment binds a data key to an object: kdf(data_key, "coffer commitment", object_id), 32
// bytes, compared with equal_ct.
Hash256 key_commitment(const Secret& data_key, const Id128& object_id);

}  // namespace coffer::crypto
