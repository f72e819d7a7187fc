#include "protocol/aws_chunked.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"

namespace coffer::protocol {
namespace {

constexpr uint64_t kSignedChunkMax = 1 << 20;
constexpr uint64_t kChunkMax = uint64_t{1} << 50;
constexpr size_t kSizeLineMax = 1024;
constexpr size_t kTrailersMax = 8192;
constexpr size_t kHeldReserve = 64 * 1024;
constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

Error bad_framing(std::string_view what) {
  return {"InvalidRequest", fmt::format("The aws-chunked body is not valid: {}.", what)};
}

Error incomplete() { return {"IncompleteBody", "The request body terminated unexpectedly"}; }

Error mismatch() {
  return {"SignatureDoesNotMatch",
          "The request signature we calculated does not match the signature you provided. Check "
          "your key and signing method."};
}

bool is_signature(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<uint64_t> parse_size(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  uint64_t size = 0;
  for (char c : lower(text)) {
    bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    size = size << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return size;
}

}  // namespace

ChunkDecoder::ChunkDecoder(PayloadMode mode, const SignedRequest& seed, Verify verify,
                           Sha256Hex sha256_hex)
    : mode_(mode),
      verify_(std::move(verify)),
      sha256_hex_(sha256_hex),
      timestamp_(basic_date_time(seed.signed_at_ms)),
      scope_(fmt::format("{}/{}/{}/aws4_request", seed.scope.date, seed.scope.region,
                         seed.scope.service)),
      previous_signature_(seed.signature) {}

bool ChunkDecoder::signed_chunks() const {
  return mode_ == PayloadMode::kStreamingSigned || mode_ == PayloadMode::kStreamingSignedTrailer;
}

Status ChunkDecoder::feed(ByteView in, Bytes& out) {
  while (!in.empty()) {
    Status status = step(in, out);
    if (status.ok()) continue;
    state_ = State::kFailed;
    held_.clear();
    return status;
  }
  return ok_status();
}

Status ChunkDecoder::step(ByteView& in, Bytes& out) {
  switch (state_) {
    case State::kFailed:
      return bad_framing("an earlier chunk was refused");
    case State::kDone: {  // clients differ in how many line ends close the body
      if (in.find_first_not_of("\r\n") != ByteView::npos)
        return bad_framing("data after the last chunk");
      in = {};
      return ok_status();
    }
    case State::kData:
      return take_data(in, out);
    default: {
      TRY(bool whole, take_line(in));
      if (!whole) return ok_status();
      bool data_end = state_ == State::kDataEnd;
      Status status = data_end && !line_.empty()
                          ? Status(bad_framing("a chunk is longer than its size"))
                          : on_line();
      line_.clear();
      return status;
    }
  }
}

Result<bool> ChunkDecoder::take_line(ByteView& in) {
  size_t end = in.find('\n');
  ByteView piece = in.substr(0, end);
  in.remove_prefix(end == ByteView::npos ? in.size() : end + 1);
  size_t bound = state_ == State::kTrailer ? kTrailersMax - trailer_bytes_ : kSizeLineMax;
  if (line_.size() + piece.size() > bound) return bad_framing("a line is too long");
  line_ += piece;
  if (end == ByteView::npos) return false;
  if (state_ == State::kTrailer) trailer_bytes_ += line_.size() + (line_.size() < bound ? 1 : 0);
  if (line_.ends_with('\r')) {
    line_.pop_back();
  } else if (state_ != State::kTrailer) {
    return bad_framing("a line does not end in CRLF");
  }
  return true;
}

Status ChunkDecoder::on_line() {
  if (state_ == State::kTrailer) return on_trailer();
  if (state_ == State::kSize) return on_size();
  state_ = State::kSize;
  return ok_status();
}

Status ChunkDecoder::on_size() {
  std::string_view line = line_;
  size_t semicolon = std::min(line.find(';'), line.size());
  auto size = parse_size(trim(line.substr(0, semicolon)));
  if (!size || *size > kChunkMax) return bad_framing("a chunk's size is not a hexadecimal number");
  left_ = *size;
  state_ = State::kData;
  if (signed_chunks()) {
    static constexpr std::string_view kName = ";chunk-signature=";
    std::string_view extension = line.substr(semicolon);
    if (!extension.starts_with(kName)) return bad_framing("a chunk has no signature");
    chunk_signature_ = trim(extension.substr(kName.size()));
    if (!is_signature(chunk_signature_))
      return bad_framing("a chunk's signature is not 64 hexadecimal digits");
    if (left_ > kSignedChunkMax) return bad_framing("a signed chunk is larger than 1 MiB");
    if (left_ > held_.capacity()) held_.reserve(std::min<size_t>(left_, kHeldReserve));
  }
  if (left_ > 0) return ok_status();
  state_ = State::kTrailer;
  if (!signed_chunks()) return ok_status();
  Bytes nothing;
  return end_chunk(nothing);
}

Status ChunkDecoder::take_data(ByteView& in, Bytes& out) {
  ByteView piece = in.substr(0, left_);
  in.remove_prefix(piece.size());
  left_ -= piece.size();
  (signed_chunks() ? held_ : out) += piece;
  if (left_ > 0) return ok_status();
  state_ = State::kDataEnd;
  return signed_chunks() ? end_chunk(out) : ok_status();
}

Status ChunkDecoder::end_chunk(Bytes& out) {
  std::string text = fmt::format("AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{}\n{}\n{}", timestamp_, scope_,
                                 previous_signature_, kEmptyHash, sha256_hex_(held_));
  if (!verify_(text, chunk_signature_)) return mismatch();
  previous_signature_ = chunk_signature_;
  out += held_;
  held_.clear();
  return ok_status();
}

Status ChunkDecoder::on_trailer() {
  if (line_.empty()) {
    // Some clients put an empty line before the trailers' signature, which alone ends that mode.
    if (mode_ != PayloadMode::kStreamingSignedTrailer || trailer_verified_) state_ = State::kDone;
    return ok_status();
  }
  if (mode_ == PayloadMode::kStreamingSigned || trailer_verified_)
    return bad_framing("a trailer that was not announced");
  size_t colon = line_.find(':');
  if (colon == std::string::npos || colon == 0) return bad_framing("a trailer has no name");
  std::string name = lower(trim(std::string_view(line_).substr(0, colon)));
  std::string value(trim(std::string_view(line_).substr(colon + 1)));
  if (name == kTrailerSignature) return end_trailers(value);
  trailer_text_ += name + ":" + value + "\n";
  if (!trailers_.emplace(std::move(name), std::move(value)).second)
    return bad_framing("a trailer comes twice");
  return ok_status();
}

Status ChunkDecoder::end_trailers(std::string_view signature) {
  if (mode_ != PayloadMode::kStreamingSignedTrailer)
    return ok_status();  // nothing to hold it against
  std::string text = fmt::format("AWS4-HMAC-SHA256-TRAILER\n{}\n{}\n{}\n{}", timestamp_, scope_,
                                 previous_signature_, sha256_hex_(trailer_text_));
  if (!is_signature(signature) || !verify_(text, signature)) return mismatch();
  trailer_verified_ = true;
  state_ = State::kDone;
  return ok_status();
}

Status ChunkDecoder::finish() {
  if (state_ == State::kDone) return ok_status();
  if (state_ == State::kTrailer && !line_.empty()) {  // the last line may lack its end
    if (line_.ends_with('\r')) line_.pop_back();
    Status status = line_.empty() ? ok_status() : on_trailer();
    line_.clear();
    if (!status.ok()) state_ = State::kFailed;
    TRY_OK(std::move(status));
  }
  bool whole = state_ == State::kDone ||
               (state_ == State::kTrailer && mode_ != PayloadMode::kStreamingSignedTrailer);
  if (!whole) return incomplete();
  state_ = State::kDone;
  return ok_status();
}

bool ChunkDecoder::done() const { return state_ == State::kDone; }
const std::map<std::string, std::string>& ChunkDecoder::trailers() const { return trailers_; }

std::string decoded_content_encoding(std::string_view value) {
  std::string out;
  for (size_t at = 0; at <= value.size();) {
    size_t end = std::min(value.find(',', at), value.size());
    std::string_view coding = trim(value.substr(at, end - at));
    at = end + 1;
    if (coding.empty() || iequals(coding, "aws-chunked")) continue;
    if (!out.empty()) out += ',';
    out += coding;
  }
  return out;
}

}  // namespace coffer::protocol
