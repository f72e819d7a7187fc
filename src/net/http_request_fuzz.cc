// Feeds bytes to the parsing of a request: the header section, then a chunked body cut at a place
// that the input chooses.
#include <cstddef>
#include <vector>

#include "net/chunked.h"
#include "net/request_parser.h"

using namespace coffer;
using namespace coffer::net;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteView in(reinterpret_cast<const char*>(data), size);
  size_t searched = 0;
  size_t head = find_head_end(in, searched);
  static Request request;  // reused, as a connection does
  if (head > 0) {
    HeadFacts facts;
    if (!parse_head(in.substr(0, head), request, facts)) {
      CHECK(request.target.starts_with('/'));
      CHECK(!(request.chunked && request.content_length));
      for (const Header& h : request.headers.list())
        CHECK(is_token(h.name) && is_field_value(h.value));
    }
  }
  ByteView body = in.substr(head);
  ChunkDecoder whole, split;
  std::vector<char> out(body.size() + 1), piece(body.size() + 1);
  ChunkDecoder::Step all = whole.decode(body, out);
  size_t cut = body.empty() ? 0 : static_cast<unsigned char>(body[0]) % body.size();
  ChunkDecoder::Step first = split.decode(body.substr(0, cut), piece);
  if (first.bad) return 0;
  ChunkDecoder::Step second =
      split.decode(body.substr(first.consumed), MutableBytes(piece).subspan(first.produced));
  CHECK(all.bad == second.bad);
  CHECK(all.produced == first.produced + second.produced);
  CHECK(std::equal(out.begin(), out.begin() + static_cast<long>(all.produced), piece.begin()));
  return 0;
}
