#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/client.h"
#include "net/testing/wire.h"

namespace coffer::net::testing {
namespace {

using std::chrono::milliseconds;

TEST(Tls, SpeaksTls12And13AndNothingOlder) {
  TestServer t(true);
  for (auto [version, name] :
       {std::pair{Wire::Tls::k12, "TLSv1.2"}, std::pair{Wire::Tls::k13, "TLSv1.3"}}) {
    Wire wire(t.server.port(), version);
    ASSERT_TRUE(wire.connected());
    EXPECT_EQ(wire.protocol(), name);
    for (int i = 0; i < 3; ++i) {
      wire.send(get("/peer"));
      std::string peer = wire.answer().body;
      EXPECT_TRUE(peer.starts_with(std::string("127.0.0.1|true|") + name + "|")) << peer;
    }
  }
  Wire old(t.server.port(), Wire::Tls::k11);
  EXPECT_FALSE(old.connected());
  Wire plain(t.server.port());
  plain.send(get("/hello"));
  EXPECT_EQ(plain.answer().status, 0);
}

TEST(Tls, CarriesLargeBodiesBothWays) {
  TestServer t(true);
  Wire wire(t.server.port(), Wire::Tls::kAny);
  std::string body(2 << 20, 'x');
  for (size_t i = 0; i < body.size(); i += 991) body[i] = static_cast<char>(i);
  ASSERT_TRUE(wire.send(put("/echo", body)));
  EXPECT_TRUE(wire.answer().body == body);
  wire.send(get("/stream/100/50000"));
  EXPECT_EQ(wire.answer().body.size(), 5000000u);
  wire.send(get("/hello") + get("/hello") + get("/target"));
  EXPECT_EQ(wire.answer().body, "hello");
  EXPECT_EQ(wire.answer().body, "hello");
  EXPECT_EQ(wire.answer().body, "/target");
}

TEST(Tls, EndsCleanlyOnlyWhatIsWhole) {
  TestServer t(true);
  Wire whole(t.server.port(), Wire::Tls::kAny);
  whole.send(get("/hello", "Connection: close\r\n"));
  EXPECT_EQ(whole.answer().status, 200);
  EXPECT_TRUE(whole.ended());
  EXPECT_TRUE(whole.clean_end());
  Wire cut(t.server.port(), Wire::Tls::kAny);
  cut.send(get("/stream/2/100/broken"));
  EXPECT_FALSE(cut.answer().whole);
  EXPECT_TRUE(cut.ended());
  EXPECT_FALSE(cut.clean_end());
}

TEST(Tls, ClosesIdleConnectionsCleanly) {
  TestServer t(true, short_limits());
  Wire idle(t.server.port(), Wire::Tls::kAny), stopped(t.server.port(), Wire::Tls::kAny);
  idle.send(get("/hello"));
  EXPECT_EQ(idle.answer().status, 200);
  EXPECT_TRUE(idle.ended());
  EXPECT_TRUE(idle.clean_end());
  Wire last(t.server.port(), Wire::Tls::kAny);
  last.send(get("/hello"));
  EXPECT_EQ(last.answer().status, 200);
  EXPECT_TRUE(t.stop(milliseconds(2000)));
  EXPECT_TRUE(last.ended());
  EXPECT_TRUE(last.clean_end());
}

TEST(Tls, ChangesItsCertificateUnderWay) {
  TestServer t(true);
  Wire before(t.server.port(), Wire::Tls::kAny);
  EXPECT_EQ(before.peer_certificate_name(), "first");
  ASSERT_TRUE(t.server.set_tls(self_signed("second")).ok());
  Wire after(t.server.port(), Wire::Tls::kAny);
  EXPECT_EQ(after.peer_certificate_name(), "second");
  before.send(get("/hello"));
  EXPECT_EQ(before.answer().status, 200);
}

TEST(Tls, RefusesFilesThatDoNotFit) {
  TestServer t(true);
  TlsFiles one = self_signed("one"), two = self_signed("two");
  EXPECT_FALSE(t.server.set_tls({one.certificate_chain_pem, two.key_pem.clone()}).ok());
  EXPECT_FALSE(t.server.set_tls({"", one.key_pem.clone()}).ok());
  EXPECT_FALSE(t.server.set_tls({one.certificate_chain_pem, Secret::copy_of("junk")}).ok());
  EXPECT_EQ(Wire(t.server.port(), Wire::Tls::kAny).peer_certificate_name(), "first");
}

struct UnixSocket : ::testing::Test {
  std::string path = fmt::format("/tmp/coffer-net-test-{}.sock", ::getpid());
  Loops loops{1};
  std::optional<UnixServer> server;

  void SetUp() override {
    ::unlink(path.c_str());
    server.emplace(loops, path, Limits{}, test_handler);
    ASSERT_TRUE(server->listen().ok());
    loops.start();
  }
  void TearDown() override {
    if (server) sync_wait(server->stop(milliseconds(100)));
    loops.stop();
  }
};

TEST_F(UnixSocket, AnswersTheClient) {
  auto a = http_over_unix(path, "POST", "/echo", {}, std::string(300000, 'x'));
  ASSERT_TRUE(a.ok());
  EXPECT_EQ(a->status, 200);
  EXPECT_EQ(a->body.size(), 300000u);
  EXPECT_EQ(a->headers.get("content-length"), "300000");
  EXPECT_EQ(http_over_unix(path, "GET", "/peer", {}, "")->body, "|false||");
  EXPECT_EQ(http_over_unix(path, "GET", "/stream/30/10000", {}, "")->body.size(), 300000u);
  EXPECT_EQ(http_over_unix(path, "HEAD", "/head", {}, "")->headers.get("content-length"), "12345");
  EXPECT_EQ(http_over_unix(path, "GET", "/none", {}, "")->status, 404);
  EXPECT_FALSE(http_over_unix(path, "GET", "/stream/2/1000/broken", {}, "").ok());
  EXPECT_FALSE(http_over_unix(path + ".absent", "GET", "/", {}, "").ok());
}

TEST_F(UnixSocket, CannotBeTalkedIntoAnotherHeader) {
  Headers headers;
  headers.add("A", "b\r\nC: d");
  EXPECT_FALSE(http_over_unix(path, "GET", "/hello", headers, "").ok());
  EXPECT_FALSE(http_over_unix(path, "GET", "/hello HTTP/1.1\r\nA: b", {}, "").ok());
  EXPECT_FALSE(http_over_unix(path, "GET /hello", "/", {}, "").ok());
}

TEST_F(UnixSocket, IsPrivateAndSolitary) {
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_FALSE(UnixServer(loops, path, Limits{}, test_handler).listen().ok());
  EXPECT_FALSE(UnixServer(loops, std::string(200, 'p'), Limits{}, test_handler).listen().ok());
  sync_wait(server->stop(milliseconds(100)));
  EXPECT_NE(::stat(path.c_str(), &found), 0);
}

TEST_F(UnixSocket, ReplacesADeadServersSocket) {
  std::string stale = path + ".stale";
  Loops dead(1);
  {
    UnixServer first(dead, stale, Limits{}, test_handler);
    ASSERT_TRUE(first.listen().ok());
    std::string aside = stale + ".aside";
    ASSERT_EQ(::rename(stale.c_str(), aside.c_str()), 0);  // survives the server, as after kill -9
    dead.start();
    sync_wait(first.stop(milliseconds(100)));
    ASSERT_EQ(::rename(aside.c_str(), stale.c_str()), 0);
  }
  UnixServer second(loops, stale, Limits{}, test_handler);
  ASSERT_TRUE(second.listen().ok());
  EXPECT_EQ(http_over_unix(stale, "GET", "/hello", {}, "")->body, "hello");
  sync_wait(second.stop(milliseconds(100)));
}

}  // namespace
}  // namespace coffer::net::testing
