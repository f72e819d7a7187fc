#pragma once
// SealedBytes are ciphertext. Only s3/sse/ (which encrypts) and the blob readers (which give back
// what was written) can make them, so nothing in clear can reach a blob or an inline body row.
#include <utility>

#include "base/bytes.h"

namespace coffer {
namespace s3 {
class Sealer;  // s3/sse/: the one writer
}
namespace store {

struct BlobAccess;  // the engines' readers

class SealedBytes {
 public:
  SealedBytes() = default;
  ByteView view() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  Bytes take() && { return std::move(bytes_); }
  // slice narrows to [offset, offset+size) without copying where it is the whole.
  SealedBytes slice(size_t offset, size_t size) && {
    if (offset == 0 && size == bytes_.size()) return std::move(*this);
    return SealedBytes(bytes_.substr(offset, size));
  }

 private:
  friend class s3::Sealer;
  friend struct BlobAccess;
  explicit SealedBytes(Bytes bytes) : bytes_(std::move(bytes)) {}
  Bytes bytes_;
};

struct BlobAccess {
  static SealedBytes make(Bytes bytes) { return SealedBytes(std::move(bytes)); }
};

}  // namespace store
}  // namespace coffer
