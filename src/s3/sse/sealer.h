#pragma once
// Sealer is the one writer: it turns plaintext into the ciphertext of one extent, and is all that
// can make SealedBytes from content. Opener is the one reader. docs/formats/segment.md.
#include "base/random.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "crypto/segment_cipher.h"
#include "s3/object/record.h"
#include "s3/sse/content_keys.h"
#include "store/sealed_bytes.h"

namespace coffer::s3 {

// SegmentCiphers are the layers of one extent: one cipher, or under DSSE-KMS two with independent
// keys.
class SegmentCiphers {
 public:
  SegmentCiphers(const ContentKeys& keys, const Id128& extent_id);
  unsigned layers() const { return outer_ ? 2 : 1; }
  // seal and open work in place: `at` has plain + 16 * layers() bytes. open: false where any layer
  // does not open.
  void seal(uint64_t index, bool last, char* at, size_t plain) const;
  [[nodiscard]] bool open(uint64_t index, bool last, ByteView sealed, char* at) const;

 private:
  crypto::SegmentCipher inner_;
  std::optional<crypto::SegmentCipher> outer_;
};

class Sealer {
 public:
  // Draws a fresh extent ID: an extent's key seals it once and never again.
  Sealer(const ContentKeys& keys, Random& random);

  // seal takes a buffer in which the plaintext of segment i begins at
  // i * sealed_segment_bytes(layers), each segment followed by 16 bytes of room a layer for its
  // tags; `plain_bytes` of plaintext in all. Every segment but the extent's last is full. Seals in
  // place.
  store::SealedBytes seal(Bytes buffer, size_t plain_bytes, bool last);

  // extent describes what was sealed; blob or in_row are the caller's to fill.
  Extent extent();

 private:
  Id128 id_;
  SegmentCiphers ciphers_;
  crypto::Digest hash_;
  uint64_t index_ = 0;
  uint64_t plain_bytes_ = 0;
  bool ended_ = false;
};

class Opener {
 public:
  Opener(const ContentKeys& keys, const Extent& extent)
      : extent_(extent), ciphers_(keys, extent.id) {}

  // The ciphertext that holds the plaintext [offset, offset+size) of the extent: whole segments.
  struct Span {
    uint64_t offset = 0;  // in the ciphertext
    size_t size = 0;
    uint64_t first_segment = 0;
  };
  Span span_of(uint64_t offset, uint64_t size) const;
  // open answers the plaintext of a span's segments, narrowed to [offset, offset+size) of the
  // extent. Error: InternalError, damaged.
  Result<Bytes> open(const store::SealedBytes& sealed, const Span& span, uint64_t offset,
                     uint64_t size) const;

 private:
  Extent extent_;
  SegmentCiphers ciphers_;
};

}  // namespace coffer::s3
