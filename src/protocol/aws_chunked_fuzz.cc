// A chunked body, split in two ways: both decode to the same bytes, trailers and verdict. The first
// byte chooses mode and split.
#include "protocol/aws_chunked.h"

using namespace coffer;
using namespace coffer::protocol;

namespace {

std::string fake_hash(ByteView) { return std::string(64, '0'); }

struct Outcome {
  bool ok = true;
  Bytes out;
  std::map<std::string, std::string> trailers;
  bool operator==(const Outcome&) const = default;
};

Outcome decode(PayloadMode mode, ByteView body, size_t step) {
  SignedRequest seed{.scope = {"A", "20260102", "r", "s3"}, .signature = std::string(64, 'a')};
  auto verify = [](std::string_view, std::string_view signature) { return signature[0] != 'f'; };
  ChunkDecoder decoder(mode, seed, verify, &fake_hash);
  Outcome outcome;
  for (size_t at = 0; at < body.size() && outcome.ok; at += step)
    outcome.ok = decoder.feed(body.substr(at, step), outcome.out).ok();
  outcome.ok = outcome.ok && decoder.finish().ok();
  CHECK(outcome.ok == decoder.done());
  CHECK(outcome.out.size() <= body.size());
  if (outcome.ok) outcome.trailers = decoder.trailers();
  if (!outcome.ok) outcome.out.clear();  // how much of a refused body passed depends on the split
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr PayloadMode kModes[] = {PayloadMode::kStreamingUnsignedTrailer,
                                           PayloadMode::kStreamingSigned,
                                           PayloadMode::kStreamingSignedTrailer};
  if (size == 0) return 0;
  PayloadMode mode = kModes[data[0] % 3];
  ByteView body(reinterpret_cast<const char*>(data) + 1, size - 1);
  CHECK(decode(mode, body, 1 + data[0] / 3) ==
        decode(mode, body, std::max<size_t>(body.size(), 1)));
  return 0;
}
