#pragma once
// ContentReader streams a range of an object's plaintext out of its extents, every segment verified
// before it is given away.
#include "s3/object/content.h"
#include "s3/sse/envelopes.h"
#include "s3/sse/sealer.h"
#include "store/store.h"

namespace coffer::s3 {

class ContentReader : public ContentStream, public ContentSource {
 public:
  // [first, first+size) of the content. The blobs are pinned until the reader is gone. `keys` stay
  // opened as long.
  ContentReader(store::Store& store, BucketPtr bucket, std::string key,
                std::shared_ptr<const ContentKeys> keys, std::vector<Extent> extents,
                uint64_t first, uint64_t size);

  // start reads and verifies the first piece, so that a damaged object is refused before anything
  // is sent. Error kGone: an inline body was replaced since the head was read; read the head again.
  Task<Status> start();
  static bool gone(const Error& e) { return e.code == kGone; }

  Task<Result<Bytes>> next() override;                   // as a stream
  Task<Result<size_t>> read(MutableBytes out) override;  // as a source, for copies

 private:
  static constexpr const char* kGone = "InternalObjectReplaced";
  Task<Result<Bytes>> piece();
  Task<Result<store::SealedBytes>> inline_body(const Extent& extent);

  store::Store& store_;
  BucketPtr bucket_;
  std::string key_;
  std::shared_ptr<const ContentKeys> keys_;
  std::vector<Extent> extents_;
  std::vector<std::shared_ptr<void>> pins_;
  size_t extent_ = 0;    // where the next piece begins
  uint64_t offset_ = 0;  // within it
  uint64_t left_ = 0;
  std::optional<Opener> opener_;
  std::optional<store::SealedBytes> tail_;  // the inline body of a later extent, read by start():
                                            // an overwrite takes it away at once
  std::optional<Bytes> ready_;              // read by start()
  Bytes held_;                              // what read() has not handed out yet
  size_t held_at_ = 0;
};

}  // namespace coffer::s3
