#pragma once
// The aws-chunked content encoding, as a byte stream independent of HTTP chunk boundaries.
// Source: S3 API Reference, "Signature calculations: transferring payload in multiple chunks" and
// "trailing headers".
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "protocol/sigv4.h"

namespace coffer::protocol {

// ChunkDecoder takes raw bytes and gives decoded ones. Bytes of a signed chunk are given only after
// its signature was verified; such chunks may be at most 1 MiB (else InvalidRequest); unsigned ones
// have no bound, since they pass straight through.
class ChunkDecoder {
 public:
  // Verify answers whether HMAC(signing key, string_to_sign) is `signature`; asked for signed modes
  // only.
  using Verify = std::function<bool(std::string_view string_to_sign, std::string_view signature)>;
  ChunkDecoder(PayloadMode mode, const SignedRequest& seed, Verify verify, Sha256Hex sha256_hex);

  // feed consumes all of `in` and appends decoded bytes to `out`. Errors: InvalidRequest (framing),
  // SignatureDoesNotMatch, IncompleteBody.
  Status feed(ByteView in, Bytes& out);
  // finish is called at the end of the input: IncompleteBody where the last chunk has not been
  // seen.
  Status finish();
  bool done() const;  // the final chunk and its trailers were read
  const std::map<std::string, std::string>& trailers()
      const;  // lower-case names, at most 8 KiB in all

 private:
  enum class State : uint8_t { kSize, kData, kDataEnd, kTrailer, kDone, kFailed };
  bool signed_chunks() const;
  Status step(ByteView& in, Bytes& out);
  Result<bool> take_line(ByteView& in);  // true: line_ is whole, without its end
  Status take_data(ByteView& in, Bytes& out);
  Status on_line();
  Status on_size();
  Status end_chunk(Bytes& out);
  Status on_trailer();
  Status end_trailers(std::string_view signature);

  PayloadMode mode_;
  Verify verify_;
  Sha256Hex sha256_hex_;
  std::string timestamp_, scope_, previous_signature_;
  State state_ = State::kSize;
  std::string line_;   // bounded: what a line may still hold
  uint64_t left_ = 0;  // of this chunk
  std::string chunk_signature_;
  Bytes held_;  // of a signed chunk, until it was verified
  std::map<std::string, std::string> trailers_;
  std::string trailer_text_;  // "name:value\n" in the order sent
  size_t trailer_bytes_ = 0;
  bool trailer_verified_ = false;
};

// decoded_content_encoding removes aws-chunked from a Content-Encoding value: "aws-chunked,gzip" ->
// "gzip".
std::string decoded_content_encoding(std::string_view value);

}  // namespace coffer::protocol
