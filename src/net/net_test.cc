#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/testing/wire.h"

namespace coffer::net::testing {
namespace {

using std::chrono::milliseconds;

TEST(Http, AnswersThreeRequestsOnOneConnection) {
  TestServer t;
  Wire wire(t.server.port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(wire.send(get("/hello")));
    Answer a = wire.answer();
    EXPECT_EQ(a.status, 200);
    EXPECT_EQ(a.body, "hello");
    EXPECT_TRUE(a.has("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(a.has("Date: "));
    EXPECT_TRUE(a.has("Content-Length: 5\r\n"));
    EXPECT_FALSE(a.has("Connection:"));
  }
  EXPECT_EQ(t.server.connections(), 1u);
}

TEST(Http, AnswersPipelinedRequestsInOrder) {
  TestServer t;
  Wire wire(t.server.port());
  ASSERT_TRUE(wire.send("\r\n\r\n" + put("/echo", "one") + get("/hello") + put("/echo", "three") +
                        get("/target?4")));
  for (const char* body : {"one", "hello", "three", "/target?4"})
    EXPECT_EQ(wire.answer().body, body);
}

TEST(Http, ReadsBytesOneByOne) {
  TestServer t;
  Wire wire(t.server.port());
  for (char c : put("/echo", "slowly")) ASSERT_TRUE(wire.send({&c, 1}));
  EXPECT_EQ(wire.answer().body, "slowly");
}

TEST(Http, HonoursConnectionCloseAndHttp10) {
  TestServer t;
  Wire one(t.server.port());
  one.send(get("/hello", "Connection: close\r\n"));
  Answer a = one.answer();
  EXPECT_TRUE(a.has("Connection: close\r\n"));
  EXPECT_TRUE(one.ended());
  EXPECT_TRUE(one.clean_end());
  Wire two(t.server.port());
  two.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(two.answer().has("Connection: close\r\n"));
  EXPECT_TRUE(two.ended());
  Wire three(t.server.port());
  three.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(three.answer().has("Connection: keep-alive\r\n"));
  three.send(get("/hello"));
  EXPECT_EQ(three.answer().status, 200);
}

TEST(Http, AnswersWithoutBodyWhereThereIsNone) {
  TestServer t;
  Wire wire(t.server.port());
  wire.send("HEAD /head HTTP/1.1\r\nHost: t\r\n\r\n" + get("/hello"));
  Answer head = wire.answer(true);
  EXPECT_TRUE(head.has("Content-Length: 12345\r\n"));
  EXPECT_EQ(wire.answer().body, "hello");
  wire.send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\nHEAD /stream/3/3 HTTP/1.1\r\nHost: t\r\n\r\n" +
            get("/empty") + get("/unchanged") + get("/hello"));
  EXPECT_TRUE(wire.answer(true).has("Content-Length: 5\r\n"));
  EXPECT_FALSE(wire.answer(true).has("Content-Length"));
  Answer empty = wire.answer();
  EXPECT_EQ(empty.status, 204);
  EXPECT_FALSE(empty.has("Content-Length"));
  EXPECT_EQ(wire.answer().status, 304);
  EXPECT_EQ(wire.answer().body, "hello");
}

TEST(Http, StreamsByLengthAndByChunks) {
  TestServer t;
  Wire wire(t.server.port());
  wire.send(get("/stream/40/100000/length"));
  Answer a = wire.answer();
  EXPECT_TRUE(a.whole);
  EXPECT_EQ(a.body.size(), 4000000u);
  wire.send(get("/stream/40/100000"));
  a = wire.answer();
  EXPECT_TRUE(a.has("Transfer-Encoding: chunked\r\n"));
  EXPECT_FALSE(a.has("Content-Length"));
  EXPECT_TRUE(a.whole);
  EXPECT_EQ(a.body.size(), 4000000u);
  wire.send(get("/stream/0/0") + get("/stream/0/0/length") + get("/big"));
  EXPECT_TRUE(wire.answer().whole);
  EXPECT_TRUE(wire.answer().whole);
  EXPECT_EQ(wire.answer().body, std::string(3 << 20, 'b'));
  Wire old(t.server.port());
  old.send("GET /stream/3/5 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  a = old.answer();
  EXPECT_EQ(a.body.size(), 15u);
  EXPECT_TRUE(a.has("Connection: close"));
  EXPECT_TRUE(old.clean_end());
}

TEST(Http, CutsWhatTheProducerCannotFinish) {
  TestServer t;
  for (const char* path :
       {"/stream/2/1000/broken", "/stream/2/1000/broken-length", "/stream/2/1000/throw"}) {
    Wire wire(t.server.port());
    wire.send(get(path));
    Answer a = wire.answer();
    EXPECT_EQ(a.status, 200) << path;
    EXPECT_FALSE(a.whole) << path;
    EXPECT_EQ(a.body.size(), 2000u) << path;
    EXPECT_TRUE(wire.ended()) << path;
  }
  Wire old(
      t.server
          .port());  // where the end of the connection is the end of the body, only a reset tells
  old.send("GET /stream/2/1000/broken HTTP/1.0\r\n\r\n");
  old.answer();
  EXPECT_TRUE(old.ended());
  EXPECT_FALSE(old.clean_end());
}

TEST(Http, ReadsChunkedBodiesSplitAnywhere) {
  TestServer t;
  const std::string head = "PUT /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body = "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: u\r\n\r\n";
  Wire wire(t.server.port());
  for (size_t cut = 0; cut <= body.size(); ++cut) {
    ASSERT_TRUE(wire.send(head + body.substr(0, cut)));
    if (cut % 4 == 0) std::this_thread::sleep_for(milliseconds(2));
    ASSERT_TRUE(wire.send(body.substr(cut)));
    ASSERT_EQ(wire.answer().body, "hello world") << cut;
  }
  std::string large;
  for (int i = 0; i < 50; ++i) large += "10000\r\n" + std::string(65536, 'c') + "\r\n";
  ASSERT_TRUE(wire.send(head + large + "0\r\n\r\n"));
  EXPECT_EQ(wire.answer().body.size(), 50u * 65536);
  wire.send(head + "5\r\nhelloX");
  Answer a = wire.answer();
  EXPECT_EQ(a.body, "InvalidRequest");
  EXPECT_TRUE(a.has("Connection: close"));
}

TEST(Http, ReadsLargeBodies) {
  TestServer t;
  Wire wire(t.server.port());
  std::string body(5 << 20, 'x');
  for (size_t i = 0; i < body.size(); i += 997) body[i] = static_cast<char>(i);
  ASSERT_TRUE(wire.send(put("/echo", body)));
  EXPECT_TRUE(wire.answer().body == body);
}

TEST(Http, SendsContinueOnlyWhereTheBodyIsRead) {
  TestServer t;
  const std::string expect =
      "HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  Wire wire(t.server.port());
  wire.send("PUT /echo " + expect);
  EXPECT_EQ(wire.answer().status, 100);
  wire.send("abc");
  EXPECT_EQ(wire.answer().body, "abc");
  wire.send("PUT /echo " + expect + "abc");  // who does not wait needs no answer
  EXPECT_EQ(wire.answer().status, 200);
  wire.send("PUT /refuse " + expect);
  Answer refused = wire.answer();
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(refused.has("Connection: close"));
  EXPECT_TRUE(wire.ended());
}

TEST(Http, AnswersARefusedUpload) {
  for (bool tls : {false, true}) {
    TestServer t(tls);
    Wire wire(t.server.port(), tls ? Wire::Tls::kAny : Wire::Tls::kNone);
    EXPECT_TRUE(wire.send(put("/refuse", std::string(10 << 20, 'x'))));
    Answer a = wire.answer();
    EXPECT_EQ(a.status, 403);
    EXPECT_EQ(a.body, "refused");
    EXPECT_TRUE(a.has("Connection: close"));
    EXPECT_TRUE(wire.ended());
  }
}

TEST(Http, DrainsALittleAndGoesOn) {
  TestServer t;
  Wire wire(t.server.port());
  wire.send(put("/refuse", std::string(60000, 'x')) + put("/first-byte", "abc") + get("/hello"));
  Answer a = wire.answer();
  EXPECT_EQ(a.status, 403);
  EXPECT_FALSE(a.has("Connection: close"));
  EXPECT_EQ(wire.answer().body, "a");
  EXPECT_EQ(wire.answer().body, "hello");
  wire.send(
      "PUT /refuse HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
      get("/hello"));
  EXPECT_EQ(wire.answer().status, 403);
  EXPECT_EQ(wire.answer().body, "hello");
  wire.send("PUT /refuse HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na");
  EXPECT_TRUE(wire.answer().has("Connection: close"));
  EXPECT_TRUE(wire.ended());
}

TEST(Http, RefusesBadSyntax) {
  TestServer t;
  const std::pair<std::string, const char*> cases[] = {
      {"nonsense\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       "<Code>BadRequest</Code>"},
      {"GET / HTTP/1.1\r\nHost: t\r\nA: b\r\n c\r\n\r\n", "<Code>BadRequest</Code>"},
      {"GET / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: br\r\n\r\n", "<Code>NotImplemented</Code>"},
      {get("/hello", "A: " + std::string(70000, 'x') + "\r\n"),
       "<Code>RequestHeaderSectionTooLarge</Code>"},
      {put("/echo", "").replace(0, 0, "GET /a b HTTP/1.1\r\n\r\n"), "<Code>BadRequest</Code>"},
  };
  for (const auto& [text, found] : cases) {
    Wire wire(t.server.port());
    wire.send(text);
    Answer a = wire.answer();
    EXPECT_TRUE(a.whole);
    EXPECT_NE((a.head + a.body).find(found), std::string::npos) << a.head << a.body;
    EXPECT_TRUE(a.has("Connection: close"));
    EXPECT_TRUE(wire.ended());
  }
  Wire wire(t.server.port());
  wire.send(get("/hello", "A: " + std::string(60000, 'x') + "\r\n"));
  EXPECT_EQ(wire.answer().status, 200);
}

TEST(Http, RefusesBodiesOverTheLimit) {
  Limits limits;
  limits.body_bytes_max = 10;
  TestServer t(false, limits);
  Wire sized(t.server.port());
  sized.send(put("/echo", "hello world"));
  EXPECT_NE(sized.answer().body.find("EntityTooLarge"), std::string::npos);
  Wire chunked(t.server.port());
  chunked.send(
      "PUT /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello "
      "world\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.answer().body, "EntityTooLarge");
}

TEST(Http, HidesTheHandlersFailures) {
  TestServer t;
  for (const char* path : {"/throw", "/inject"}) {
    Wire wire(t.server.port());
    wire.send(get(path));
    Answer a = wire.answer();
    EXPECT_EQ(a.status, 500);
    EXPECT_NE(a.body.find("<Code>InternalError</Code>"), std::string::npos);
    EXPECT_EQ(a.body.find("broken"), std::string::npos);
    EXPECT_FALSE(a.has("Set-Cookie"));
  }
}

TEST(Http, PreservesTheTargetAndNamesThePeer) {
  TestServer t;
  Wire wire(t.server.port());
  wire.send(get("/target?a=%2F+b&&c") + get("http://other:1/host") + get("/peer"));
  EXPECT_EQ(wire.answer().body, "/target?a=%2F+b&&c");
  EXPECT_EQ(wire.answer().body, "other:1");
  EXPECT_EQ(wire.answer().body, "127.0.0.1|false||");
}

TEST(Limits, EndSlowClients) {
  TestServer t(false, short_limits());
  Wire header(t.server.port());
  header.send("GET /hello HTTP/1.1\r\nHo");
  Answer a = header.answer();
  EXPECT_EQ(a.status, 400);
  EXPECT_NE(a.body.find("<Code>RequestTimeout</Code>"), std::string::npos);
  EXPECT_TRUE(header.ended());

  Wire body(t.server.port());
  body.send(put("/echo", "abc").substr(0, put("/echo", "abc").size() - 1));
  a = body.answer();
  EXPECT_EQ(a.body, "RequestTimeout");
  EXPECT_TRUE(a.has("Connection: close"));

  Wire idle(t.server.port());
  idle.send(get("/hello"));
  EXPECT_EQ(idle.answer().status, 200);
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(idle.clean_end());

  Wire reader(t.server.port());  // asks for much and takes nothing
  reader.send(get("/stream/1000/100000/length"));
  for (int i = 0; i < 300 && t.server.connections() > 0; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(t.server.connections(), 0u);
}

TEST(Limits, EndSlowHandshakes) {
  TestServer t(true, short_limits());
  Wire wire(t.server.port());
  wire.send("\x16\x03\x01");
  EXPECT_TRUE(wire.ended());
}

TEST(Http, TellsAnIncompleteBody) {
  TestServer t;
  for (std::string request :
       {put("/echo", "abc"),
        std::string(
            "PUT /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc")}) {
    Wire wire(t.server.port());
    wire.send(request.substr(0, request.size() - 1));
    wire.close_send();
    EXPECT_EQ(wire.answer().body, "IncompleteBody");
    EXPECT_TRUE(wire.ended());
  }
  Wire gone(t.server.port());
  gone.send(get("/hello").substr(0, 20));
  gone.close_send();
  EXPECT_TRUE(gone.ended());
}

TEST(Limits, CountConnections) {
  Limits limits;
  limits.connections_max = 2;
  TestServer t(false, limits);
  Wire one(t.server.port());
  std::optional<Wire> two(std::in_place, t.server.port());
  for (Wire* wire : {&one, &*two}) {
    wire->send(get("/hello"));
    EXPECT_EQ(wire->answer().status, 200);
  }
  Wire three(t.server.port());
  Answer a = three.answer();
  EXPECT_EQ(a.status, 503);
  EXPECT_NE(a.body.find("<Code>SlowDown</Code>"), std::string::npos);
  EXPECT_TRUE(three.ended());
  two.reset();
  for (int i = 0; i < 200 && t.server.connections() > 1; ++i)
    std::this_thread::sleep_for(milliseconds(5));
  Wire four(t.server.port());
  four.send(get("/hello"));
  EXPECT_EQ(four.answer().status, 200);
}

TEST(Limits, CountConnectionsOfOneAddress) {
  Limits limits;
  limits.connections_per_ip_max = 1;
  TestServer t(false, limits);
  Wire one(t.server.port());
  one.send(get("/hello"));
  EXPECT_EQ(one.answer().status, 200);
  Wire two(t.server.port());
  EXPECT_EQ(two.answer().status, 503);
}

TEST(Server, ServesManyConnections) {
  TestServer t;
  std::vector<Wire> wires;
  for (int i = 0; i < 500; ++i) wires.emplace_back(t.server.port());
  for (int round = 0; round < 2; ++round) {
    for (Wire& wire : wires) ASSERT_TRUE(wire.send(get("/hello")));
    for (Wire& wire : wires) ASSERT_EQ(wire.answer().body, "hello");
  }
  EXPECT_EQ(t.server.connections(), 500u);
  EXPECT_TRUE(t.stop(milliseconds(1000)));
}

TEST(Server, StopsGracefully) {
  TestServer t;
  Wire idle(t.server.port()), busy(t.server.port());
  idle.send(get("/hello"));
  idle.answer();
  busy.send(get("/slow"));
  std::this_thread::sleep_for(milliseconds(50));
  int64_t start = Clock::monotonic_ms();
  std::thread stopper([&] { EXPECT_TRUE(t.stop(milliseconds(5000))); });
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(idle.clean_end());
  Answer a = busy.answer();
  EXPECT_EQ(a.body, "late");
  EXPECT_TRUE(a.has("Connection: close"));
  EXPECT_TRUE(busy.ended());
  stopper.join();
  EXPECT_LT(Clock::monotonic_ms() - start, 4000);
  EXPECT_FALSE(Wire(t.server.port()).connected());
}

TEST(Server, CutsWhatDoesNotEnd) {
  TestServer t;
  Wire body(t.server.port());
  body.send(put("/echo", "abc").substr(0, 60));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(t.stop(milliseconds(100)));
}

TEST(Server, TellsOfAHandlerThatDoesNotEnd) {
  Loops loops(1);
  Server server(loops, {.tls = false}, test_handler);
  ASSERT_TRUE(server.listen().ok());
  loops.start();
  Wire stuck(server.port());
  stuck.send(get("/stuck"));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_FALSE(sync_wait(server.stop(milliseconds(50))));
  loops.stop();
}

TEST(Server, GoesAwayUnderItsHandlers) {
  for (bool served : {false, true}) {
    auto loops = std::make_unique<Loops>(2);
    auto server = std::make_unique<Server>(*loops, Server::Options{.tls = false}, test_handler);
    ASSERT_TRUE(server->listen().ok());
    if (served) loops->start();
    Wire one(server->port()), two(server->port()), idle(server->port());
    one.send(get("/stuck"));
    two.send(get("/stuck"));
    std::this_thread::sleep_for(milliseconds(50));
    loops->stop();
    server.reset();
    loops.reset();
    EXPECT_EQ(one.answer().status, 0);
  }
}

TEST(Server, ReportsAPortInUse) {
  TestServer t;
  Server second(t.loops, {.port = t.server.port(), .tls = false}, test_handler);
  EXPECT_FALSE(second.listen().ok());
  Server nowhere(t.loops, {.address = "not-an-address", .tls = false}, test_handler);
  EXPECT_FALSE(nowhere.listen().ok());
}

}  // namespace
}  // namespace coffer::net::testing
