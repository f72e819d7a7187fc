#pragma once
// Content on its way in and out, apart from any protocol.
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/task.h"

namespace coffer::s3 {

// ContentSource is pulled by the writer. At its end every check of the transfer has passed.
class ContentSource {
 public:
  virtual ~ContentSource() = default;
  virtual Task<Result<size_t>> read(MutableBytes out) = 0;  // 0: the end
  // trailer answers a trailing header by its lower-case name; after the end.
  virtual std::optional<std::string> trailer(std::string_view name) const { return std::nullopt; }
};

// ContentStream is pulled by who sends it: the next piece of plaintext, empty at the end. Nothing
// is answered before its tag is verified.
class ContentStream {
 public:
  virtual ~ContentStream() = default;
  virtual Task<Result<Bytes>> next() = 0;
};

}  // namespace coffer::s3
