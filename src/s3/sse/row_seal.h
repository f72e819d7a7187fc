#pragma once
// RowSeal seals the rows of s3/ (buckets, heads, extents, uploads) under the room's domain keys,
// each bound to its place. Copies refer to the same keys, which outlive them. Threads: any.
#include "seal/domain_keys.h"

namespace coffer::s3 {

class RowSeal {
 public:
  explicit RowSeal(const seal::DomainKeys& keys) : keys_(&keys) {}

  Bytes seal(ByteView aad, ByteView plain) const {
    return keys_->seal_bytes(seal::Series::kS3, aad, plain);
  }
  // open answers what seal was given. Error: InternalError, the row is damaged or of another place.
  Result<Bytes> open(ByteView aad, ByteView sealed) const {
    return keys_->open_bytes(seal::Series::kS3, aad, sealed);
  }

 private:
  const seal::DomainKeys* keys_;
};

}  // namespace coffer::s3
