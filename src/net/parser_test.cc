#include <gtest/gtest.h>

#include "net/body.h"
#include "net/chunked.h"
#include "net/response.h"

namespace coffer::net {
namespace {

struct Case {
  const char* name;
  std::string head;
  int status;  // 0: accepted
};

std::string with(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: t\r\n" + std::string(lines) + "\r\n";
}

TEST(ParseHead, AcceptsAndRefuses) {
  using namespace std::string_literals;
  const Case cases[] = {
      {"plain", with(""), 0},
      {"1.0 without host", "GET / HTTP/1.0\r\n\r\n", 0},
      {"1.1 without host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", with("Host: u\r\n"), 400},
      {"version 2", "GET / HTTP/2.0\r\nHost: t\r\n\r\n", 400},
      {"version 1.2", "GET / HTTP/1.2\r\nHost: t\r\n\r\n", 400},
      {"no target", "GET HTTP/1.1\r\nHost: t\r\n\r\n", 400},
      {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n", 400},
      {"authority form", "CONNECT t:1 HTTP/1.1\r\nHost: t\r\n\r\n", 400},
      {"space in target", "GET /a b HTTP/1.1\r\nHost: t\r\n\r\n", 400},
      {"control in target", "GET /a\x01 HTTP/1.1\r\nHost: t\r\n\r\n", 400},
      {"lower-case version", "GET / http/1.1\r\nHost: t\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\nHost: t\r\n\r\n", 400},
      {"bare LF in header", with("A: b\nC: d\r\n"), 400},
      {"bare CR", with("A: b\rc\r\n"), 400},
      {"NUL", with("A: b\0c\r\n"s), 400},
      {"control", with("A: \x02\r\n"), 400},
      {"DEL", with("A: \x7f\r\n"), 400},
      {"tab in value", with("A: b\tc\r\n"), 0},
      {"UTF-8 value", with("A: \xc3\xa9\r\n"), 0},
      {"fold", with("A: b\r\n c\r\n"), 400},
      {"fold with tab", with("A: b\r\n\tc\r\n"), 400},
      {"fold before first", "GET / HTTP/1.1\r\n Host: t\r\n\r\n", 400},
      {"blank before colon", with("A : b\r\n"), 400},
      {"no colon", with("A\r\n"), 400},
      {"no name", with(": b\r\n"), 400},
      {"length", with("Content-Length: 5\r\n"), 0},
      {"length twice", with("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
      {"lengths differ", with("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {"length list", with("Content-Length: 5, 5\r\n"), 400},
      {"length sign", with("Content-Length: +5\r\n"), 400},
      {"length negative", with("Content-Length: -5\r\n"), 400},
      {"length hex", with("Content-Length: 0x5\r\n"), 400},
      {"length empty", with("Content-Length: \r\n"), 400},
      {"length overflow", with("Content-Length: 99999999999999999999\r\n"), 400},
      {"chunked", with("Transfer-Encoding: chunked\r\n"), 0},
      {"Chunked", with("transfer-encoding: Chunked\r\n"), 0},
      {"chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked and length", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {"length and chunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"gzip", with("Transfer-Encoding: gzip\r\n"), 501},
      {"gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked in 1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
  };
  for (const Case& c : cases) {
    Request request;
    HeadFacts facts;
    std::optional<Refusal> refusal = parse_head(c.head, request, facts);
    EXPECT_EQ(refusal ? refusal->status : 0, c.status) << c.name;
  }
}

TEST(ParseHead, KeepsBytesAsSent) {
  Request request;
  HeadFacts facts;
  ASSERT_FALSE(parse_head(
      "PUT /a%2fB//../c?x=%41&y HTTP/1.1\r\nhost: h:1\r\nX-Amz-Meta-A:   v  w \r\nE:\r\n\r\n",
      request, facts));
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/a%2fB//../c?x=%41&y");
  EXPECT_EQ(request.raw_path(), "/a%2fB//../c");
  EXPECT_EQ(request.raw_query(), "x=%41&y");
  ASSERT_EQ(request.headers.list().size(), 3u);
  EXPECT_EQ(request.headers.list()[1].name, "X-Amz-Meta-A");
  EXPECT_EQ(request.headers.get("x-amz-meta-a"), "v  w");
  EXPECT_EQ(request.headers.get("e"), "");
  EXPECT_TRUE(facts.keep_alive);
  // The next request of the connection starts anew.
  ASSERT_FALSE(parse_head("GET /d HTTP/1.0\r\nContent-Length: 3\r\n\r\n", request, facts));
  EXPECT_EQ(request.headers.list().size(), 1u);
  EXPECT_EQ(request.content_length, 3u);
  EXPECT_FALSE(facts.keep_alive);
  EXPECT_FALSE(facts.http_1_1);
}

TEST(ParseHead, ReducesTheAbsoluteForm) {
  Request request;
  HeadFacts facts;
  ASSERT_FALSE(
      parse_head("GET HTTPS://b.example:9/k?q HTTP/1.1\r\nHost: other\r\n\r\n", request, facts));
  EXPECT_EQ(request.target, "/k?q");
  EXPECT_EQ(request.headers.get("host"), "b.example:9");
  ASSERT_FALSE(parse_head("GET http://b?q HTTP/1.1\r\nHost: b\r\n\r\n", request, facts));
  EXPECT_EQ(request.target, "/?q");
  EXPECT_TRUE(parse_head("GET ftp://b/ HTTP/1.1\r\nHost: b\r\n\r\n", request, facts));
  EXPECT_TRUE(parse_head("GET http:///k HTTP/1.1\r\nHost: b\r\n\r\n", request, facts));
  EXPECT_TRUE(parse_head("GET http://u@b/ HTTP/1.1\r\nHost: b\r\n\r\n", request, facts));
}

struct ChunkCase {
  const char* text;
  bool good;
  const char* body;
};

TEST(ChunkDecoder, TakesAnySplitTheSameWay) {
  const ChunkCase cases[] = {
      {"0\r\n\r\n", true, ""},
      {"5\r\nhello\r\n0\r\n\r\n", true, "hello"},
      {"5;a=b\r\nhello\r\n1 \r\n!\r\n000\r\nTrailer: x\r\nB: c\r\n\r\n", true, "hello!"},
      {"a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", true, "01234567890123456789"},
      {"5\nhello\r\n0\r\n\r\n", false, ""},
      {"5\r\nhelloX\r\n", false, ""},
      {"\r\n", false, ""},
      {"g\r\n", false, ""},
      {"-1\r\n", false, ""},
      {"00000000000000001\r\n", false, ""},
      {"0\r\n folded\r\n\r\n", false, ""},
      {"0\r\nA\nB\r\n\r\n", false, ""},
      {"1\rX", false, ""},
  };
  for (const ChunkCase& c : cases) {
    std::string text = c.text;
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      ChunkDecoder decoder;
      std::string out(text.size() + 1, '\0');
      size_t size = 0;
      bool bad = false;
      for (std::string_view part :
           {std::string_view(text).substr(0, cut), std::string_view(text).substr(cut)}) {
        auto step = decoder.decode(part, MutableBytes(out).subspan(size));
        size += step.produced;
        bad = bad || step.bad;
        if (bad) break;
        EXPECT_EQ(step.consumed, part.size()) << c.text;
      }
      EXPECT_EQ(!bad && decoder.done(), c.good) << c.text << " at " << cut;
      if (c.good) EXPECT_EQ(out.substr(0, size), c.body);
    }
  }
}

TEST(ChunkDecoder, BoundsExtensionsAndTrailers) {
  ChunkDecoder decoder;
  std::string out(16, '\0');
  EXPECT_TRUE(decoder.decode("1;" + std::string(5000, 'x'), out).bad);
  ChunkDecoder trailers;
  std::string many = "0\r\n";
  for (int i = 0; i < 1000; ++i) many += "Trailer: value\r\n";
  EXPECT_TRUE(trailers.decode(many, out).bad);
}

TEST(RateMeter, JudgesOverWindowsOfWaiting) {
  RateMeter meter(1024);
  EXPECT_TRUE(meter.add(1, 29000));
  EXPECT_FALSE(meter.add(1, 2000));
  EXPECT_TRUE(meter.add(1024 * 40, 31000));
  EXPECT_TRUE(meter.add(1 << 30, 0));
}

TEST(Response, RefusesWhatWouldBreakTheMessage) {
  auto sendable = [](std::string name, std::string value, int status = 200) {
    Response r;
    r.status = status;
    r.headers.add(std::move(name), std::move(value));
    return is_sendable(r);
  };
  EXPECT_TRUE(sendable("x-amz-meta-a", "caf\xc3\xa9\tok"));
  EXPECT_FALSE(sendable("a", "b\r\nc: d"));
  EXPECT_FALSE(sendable("a", "b\nc"));
  EXPECT_FALSE(sendable("a", std::string("b\0", 2)));
  EXPECT_FALSE(sendable("a b", "c"));
  EXPECT_FALSE(sendable("a:", "c"));
  EXPECT_FALSE(sendable("", "c"));
  EXPECT_FALSE(sendable("a", "b", 100));
  EXPECT_FALSE(sendable("a", "b", 1000));
}

TEST(Headers, FindsAnyCase) {
  Headers headers;
  headers.add("A", "1");
  headers.add("a", "2");
  EXPECT_EQ(headers.find("a"), "1");
  EXPECT_EQ(headers.all("A").size(), 2u);
  headers.set("a", "3");
  EXPECT_EQ(headers.list().size(), 1u);
  headers.erase("A");
  EXPECT_FALSE(headers.find("a"));
}

}  // namespace
}  // namespace coffer::net
