// The dispatcher with operations of its own, over a store in memory: who is let in, what is read,
// what is on record.
#include "api/dispatcher.h"

#include "api/testing/signer.h"
#include "iam/iam.h"
#include "kms/testing/fixture.h"
#include "protocol/sigv2.h"

namespace coffer::api {
namespace {

using ::testing::HasSubstr;
using testing::make_request;
using ::testing::Not;
using testing::Signer;
using testing::TextBody;

std::vector<Demand> own(const Call& call, std::string action) {
  return {{.action = std::move(action),
           .resource = "*",
           .resource_account = call.services.first_account}};
}

class Pieces final : public net::BodyProducer {
 public:
  Task<Result<Bytes>> next() override { co_return Bytes(left_-- > 0 ? "piece" : ""); }

 private:
  int left_ = 2;
};

struct PutThing {
  struct Input {
    std::string bucket, key;
  };
  struct Output {
    std::string etag;
  };
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutThing",
                               .route = {Method::kPut, Scope::kObject},
                               .streams = Streams::kRequest,
                               .data_event = true};
  static constexpr auto input = fields(path<&Input::bucket>("Bucket"), path<&Input::key>("Key"));
  static constexpr auto output = fields(header<&Output::etag>("ETag"));
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return own(call, "s3:PutObject");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call& call) {
    std::string text, buffer(4, '\0');
    for (;;) {
      CO_TRY(const size_t n, co_await call.body->read(buffer));
      if (n == 0) break;
      text += buffer.substr(0, n);
    }
    co_return Output{in->bucket + "/" + in->key + "=" + text};
  }
};

struct GetThing {
  struct Input {};
  struct Output {};
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetThing",
                               .route = {Method::kGet, Scope::kObject},
                               .streams = Streams::kResponse,
                               .read_only = true,
                               .data_event = true};
  static constexpr auto input = fields();
  static constexpr auto output = fields();
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return own(call, "s3:GetObject");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    call.producer = std::make_unique<Pieces>();
    call.content_length = 10;
    co_return Output{};
  }
};

struct HeadThing {
  struct Input {};
  struct Output {};
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "HeadThing",
                               .route = {Method::kHead, Scope::kObject},
                               .read_only = true};
  static constexpr auto input = fields();
  static constexpr auto output = fields();
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return own(call, "s3:GetObject");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call&) {
    co_return Error{"NoSuchKey", "The specified key does not exist."};
  }
};

struct PutNote {
  struct Input {
    std::string text;
  };
  struct Output {};
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutNote",
                               .route = {Method::kPut, Scope::kBucket, "policy"},
                               .status_ok = 204,
                               .body_bytes_max = 100,
                               .checksum_required = true};
  static constexpr auto input = fields(payload<&Input::text>("Policy"));
  static constexpr auto output = fields();
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return own(call, "s3:PutBucketPolicy");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call&) { co_return Output{}; }
};

struct Echo {
  struct Input {
    std::string word;
  };
  struct Output {
    std::string word;
  };
  static constexpr OpSpec spec{.service = Service::kKms, .name = "Echo", .body_bytes_max = 64};
  static constexpr auto input = fields(body<&Input::word>("Word"));
  static constexpr auto output = fields(body<&Output::word>("Word"));
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return own(call, "kms:Echo");
  }
  static Task<Result<Output>> run(Authorized<Input> in, Call&) {
    if (in->word == "throw") throw std::runtime_error("a broken operation");
    co_return Output{in->word};
  }
};

struct Upkeep {
  struct Input {};
  struct Output {};
  static constexpr OpSpec spec{.service = Service::kCoffer, .name = "Upkeep"};
  static constexpr auto input = fields();
  static constexpr auto output = fields();
  static std::vector<Demand> demands(const Input&, const Call& call) {
    auto out = own(call, "coffer:Upkeep");
    out[0].rule = authz::ResourceRule::kOperator;
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input>, Call&) { co_return Output{}; }
};

struct WhoAmI {
  struct Input {};
  struct Output {
    std::string arn;
  };
  static constexpr OpSpec spec{.service = Service::kSts, .name = "WhoAmI"};
  static constexpr auto input = fields();
  static constexpr auto output = fields(body<&Output::arn>("Arn"));
  static std::vector<Demand> demands(const Input&, const Call& call) {
    return own(call, "sts:WhoAmI");
  }
  static Task<Result<Output>> run(Authorized<Input>, Call& call) {
    co_return Output{call.caller.principal.arn};
  }
};

const OpEntry kPut = make_entry<PutThing>(), kGet = make_entry<GetThing>(),
              kHead = make_entry<HeadThing>(), kNote = make_entry<PutNote>(),
              kEcho = make_entry<Echo>(), kUpkeep = make_entry<Upkeep>(),
              kWho = make_entry<WhoAmI>();
const OpEntry* const kOperations[] = {&kPut, &kGet, &kHead, &kNote, &kEcho, &kUpkeep, &kWho};

class DispatcherTest : public kms::KmsFixture {
 protected:
  DispatcherTest()
      : iam_({store_->meta(), *domain_, *log_, clock_, random_, pool_, kms::kRegion,
              kms::kAccount}) {
    must(sync_wait(iam_.load()));
    must(sync_wait(
        iam_.bootstrap_account(kms::kAccount, "AKIDROOT", Secret::copy_of("rootsecret"))));
    services_.iam = &iam_;
    services_.audit = log_.get();
    services_.clock = &clock_;
    services_.random = &random_;
    services_.region = kms::kRegion;
    services_.first_account = kms::kAccount;
    make({});
  }
  void make(Dispatcher::Options options) {
    options.regions = {kms::kRegion, {"eu-west-1"}};
    options.operations = kOperations;
    dispatcher_.emplace(services_, iam_, std::move(options));
  }
  net::Response serve(net::Request request, std::string_view body = {}) {
    if (!body.empty()) request.content_length = body.size();
    TextBody source(body, 5);
    return sync_wait(dispatcher_->serve(request, source));
  }
  net::Response s3(std::string method, std::string target, std::string_view body = {},
                   const Signer* by = nullptr, std::vector<net::Header> headers = {}) {
    net::Request request = make_request(std::move(method), std::move(target));
    for (net::Header& h : headers) request.headers.add(h.name, h.value);
    (by ? *by : root_).sign(request, "s3", clock_.wall_ms(), crypto::sha256_hex(body));
    if (body.empty()) request.content_length = 0;
    return serve(std::move(request), body);
  }
  net::Response json(std::string target, std::string_view body, std::string_view service = "kms",
                     const Signer* by = nullptr) {
    net::Request request = json_request(std::move(target));
    request.headers.add("Host", "127.0.0.1");
    request.peer.ip = "192.0.2.1";
    (by ? *by : root_).sign(request, service, clock_.wall_ms(), crypto::sha256_hex(body));
    return serve(std::move(request), body);
  }
  std::vector<audit::Event> recorded(const net::Response& response) {
    std::string id(response.headers.get("x-amz-request-id"));
    if (id.empty()) id = response.headers.get("x-amzn-requestid");
    log_->flush();
    return must(sync_wait(log_->find_request(id)));
  }

  iam::Iam iam_;
  Services services_;
  std::optional<Dispatcher> dispatcher_;
  Signer root_{"AKIDROOT", "rootsecret"};
};

TEST_F(DispatcherTest, ObjectsStreamBothWays) {
  auto put = s3("PUT", "/bkt/a%20key", "some text");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.headers.get("etag"), "bkt/a key=some text");
  EXPECT_EQ(put.headers.get("server"), "Coffer");
  EXPECT_EQ(put.headers.get("x-amz-request-id").size(), 16u);
  EXPECT_TRUE(recorded(put).empty());  // a data event that succeeded
  auto got = s3("GET", "/bkt/k");
  EXPECT_EQ(got.status, 200);
  ASSERT_TRUE(got.producer);
  EXPECT_EQ(got.content_length, 10u);
}

TEST_F(DispatcherTest, APutNeedsALength) {
  net::Request request = make_request("PUT", "/bkt/k");
  root_.sign(request, "s3", clock_.wall_ms(), "UNSIGNED-PAYLOAD");
  request.chunked = true;
  TextBody source("x");
  EXPECT_EQ(sync_wait(dispatcher_->serve(request, source)).status, 411);
}

TEST_F(DispatcherTest, RefusedDataEventsAreRecordedWithTheirDecision) {
  auto d = draft("CreateUser");
  must(sync_wait(iam_.create_user(kms::kAccount, {.name = "ann"}, d)));
  iam::NewAccessKey key = must(sync_wait(iam_.create_access_key(kms::kAccount, "ann", d)));
  Signer ann(key.key.id, text(key.secret));
  auto got = s3("GET", "/bkt/k?versionId=v", {}, &ann);
  EXPECT_EQ(got.status, 403);
  EXPECT_THAT(got.body, HasSubstr("<Code>AccessDenied</Code>"));
  EXPECT_THAT(got.body,
              HasSubstr("because no identity-based policy allows the s3:GetObject action"));
  auto events = recorded(got);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].name, "GetThing");
  EXPECT_EQ(events[0].source, "s3.amazonaws.com");
  EXPECT_EQ(events[0].error_code, "AccessDenied");
  EXPECT_EQ(events[0].identity.name, "ann");
  EXPECT_EQ(events[0].category, audit::Category::kData);
  ASSERT_EQ(events[0].decisions.size(), 1u);
  EXPECT_FALSE(events[0].decisions[0].allowed);
  std::map<std::string, std::string> parameters;
  for (const auto& p : events[0].request) parameters[p.name] = p.value;
  EXPECT_EQ(parameters["bucketName"], "bkt");
  EXPECT_EQ(parameters["key"], "k");
  EXPECT_EQ(parameters["versionId"], "v");
}

TEST_F(DispatcherTest, ManagementEventsAreRecordedBeforeTheAnswer) {
  auto put = s3("PUT", "/bkt?policy", "hello", nullptr, {{"x-amz-checksum-crc32", "NhCmhg=="}});
  EXPECT_EQ(put.status, 204);
  auto events = recorded(put);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].error_code.empty());
  EXPECT_EQ(events[0].identity.access_key_id, "AKIDROOT");
  EXPECT_EQ(s3("PUT", "/bkt?policy", "hello").status, 400);
  auto large = s3("PUT", "/bkt?policy", std::string(101, 'x'), nullptr, {{"Content-MD5", "x"}});
  EXPECT_EQ(large.status, 400);
  EXPECT_THAT(large.body, HasSubstr("MaxMessageLengthExceeded"));
  ASSERT_EQ(recorded(large).size(), 1u);
}

TEST_F(DispatcherTest, ErrorsHaveTheFormOfTheirProtocol) {
  auto head = s3("HEAD", "/bkt/k");
  EXPECT_EQ(head.status, 404);
  EXPECT_TRUE(head.body.empty());
  auto unknown = json("TrentService.Nothing", "{}");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.body, R"({"__type":"UnknownOperationException"})");
  EXPECT_EQ(unknown.headers.get("content-type"), "application/x-amz-json-1.1");
  EXPECT_EQ(unknown.headers.get("x-amzn-requestid").size(), 36u);
  auto broken = json("TrentService.Echo", R"({"Word":"throw"})");
  EXPECT_EQ(broken.status, 500);
  EXPECT_THAT(broken.body, HasSubstr("KMSInternalException"));
  EXPECT_THAT(broken.body, Not(HasSubstr("broken operation")));
  EXPECT_EQ(json("TrentService.Echo", std::string(65, ' ')).status, 413);
}

TEST_F(DispatcherTest, JsonAndQuery) {
  auto echo = json("TrentService.Echo", R"({"Word":"hi"})");
  EXPECT_EQ(echo.status, 200);
  EXPECT_EQ(echo.body, R"({"Word":"hi"})");
  ASSERT_EQ(recorded(echo).size(), 1u);

  const std::string form = "Action=WhoAmI&Version=2011-06-15";
  net::Request request = make_request("POST", "/");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  root_.sign(request, "sts", clock_.wall_ms(), crypto::sha256_hex(form));
  auto who = serve(request, form);
  EXPECT_EQ(who.status, 200);
  EXPECT_THAT(who.body,
              HasSubstr("<WhoAmIResult><Arn>arn:aws:iam::111122223333:root</Arn></WhoAmIResult>"));
  EXPECT_THAT(who.body, HasSubstr(std::string(who.headers.get("x-amzn-requestid"))));
  auto tampered = serve(request, "Action=WhoAmI&Version=2011-06-15&X=1");
  EXPECT_EQ(tampered.status, 403);
  EXPECT_THAT(tampered.body, HasSubstr("SignatureDoesNotMatch"));
}

TEST_F(DispatcherTest, WhoIsNotLetIn) {
  const Signer wrong("AKIDROOT", "guess"), stranger("AKIDNOBODY", "x"),
      elsewhere("AKIDROOT", "rootsecret", "eu-west-1");
  auto refused = s3("GET", "/b/k", {}, &wrong);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("<Code>SignatureDoesNotMatch</Code>"));
  EXPECT_THAT(s3("GET", "/b/k", {}, &stranger).body, HasSubstr("InvalidAccessKeyId"));
  auto region = s3("GET", "/b/k", {}, &elsewhere);
  EXPECT_EQ(region.status, 400);
  EXPECT_THAT(region.body, HasSubstr("<Code>AuthorizationHeaderMalformed</Code>"));
  EXPECT_THAT(region.body, HasSubstr("the region 'eu-west-1' is wrong; expecting "
                                     "'us-east-1'</Message><Region>us-east-1</Region>"));
  EXPECT_EQ(json("TrentService.Echo", R"({"Word":"hi"})", "kms", &elsewhere).status,
            200);  // KMS answers for it
  EXPECT_THAT(json("TrentService.Echo", "{}", "kms", &wrong).body,
              HasSubstr("InvalidSignatureException"));
  EXPECT_THAT(json("TrentService.Echo", "{}", "kms", &stranger).body,
              HasSubstr("UnrecognizedClientException"));
  EXPECT_THAT(json("TrentService.Echo", "{}", "iam").body,
              HasSubstr("Credential should be scoped to correct service: 'kms'"));
  EXPECT_THAT(serve(make_request("GET", "/b/k")).body, HasSubstr("<Code>AccessDenied</Code>"));
  net::Request unsigned_json = json_request("TrentService.Echo");
  EXPECT_THAT(serve(unsigned_json, "{}").body, HasSubstr("MissingAuthenticationTokenException"));

  net::Request late = make_request("GET", "/b/k");
  root_.sign(late, "s3", clock_.wall_ms() - 16 * 60'000, crypto::sha256_hex(""));
  EXPECT_THAT(serve(late).body, HasSubstr("RequestTimeTooSkewed"));
}

TEST_F(DispatcherTest, AnonymousRefusalsAreSampledWithoutTheirQuery) {
  size_t written = 0;
  for (int i = 0; i < 5; ++i) {
    auto events = recorded(serve(make_request("GET", "/b/k?versionId=chosen")));
    written += events.size();
    for (const auto& event : events)
      for (const auto& p : event.request) EXPECT_NE(p.name, "versionId");
  }
  EXPECT_LE(written, 2u);
}

TEST_F(DispatcherTest, BodiesWaitForAKnownKey) {
  struct Untouched final : net::BodySource {
    Task<Result<size_t>> read(MutableBytes) override {
      read_ = true;
      co_return size_t{0};
    }
    std::optional<uint64_t> length() const override { return 64; }
    bool read_ = false;
  };
  const Signer stranger("AKIDNOBODY", "x");
  for (const char* content : {"application/x-amz-json-1.1", "application/x-www-form-urlencoded"}) {
    const bool is_json = std::string_view(content).ends_with("json-1.1");
    net::Request request = is_json ? json_request("TrentService.Echo") : make_request("POST", "/");
    if (!is_json) request.headers.add("Content-Type", content);
    if (is_json) request.headers.add("Host", "127.0.0.1");
    request.content_length = 64;
    Untouched unsigned_source, strange_source;
    EXPECT_GE(sync_wait(dispatcher_->serve(request, unsigned_source)).status, 400);
    EXPECT_FALSE(unsigned_source.read_);
    stranger.sign(request, is_json ? "kms" : "sts", clock_.wall_ms(), crypto::sha256_hex(""));
    EXPECT_GE(sync_wait(dispatcher_->serve(request, strange_source)).status, 400);
    EXPECT_FALSE(strange_source.read_);
  }
}

TEST_F(DispatcherTest, BufferedBodiesHaveABudget) {
  make({.body_bytes_budget = 8});
  EXPECT_THAT(json("TrentService.Echo", R"({"Word":"hi"})").body, HasSubstr("ThrottlingException"));
  make({});
  EXPECT_EQ(json("TrentService.Echo", R"({"Word":"hi"})").status, 200);
}

TEST_F(DispatcherTest, OperatorAndBackgroundWork) {
  EXPECT_EQ(json("Coffer.Upkeep", "{}", "coffer").status, 200);  // the first account's root, signed
  TextBody source("{}");
  net::Request request = json_request("Coffer.Upkeep");
  request.content_length = 2;
  auto by_operator = sync_wait(dispatcher_->serve_operator(request, source));
  EXPECT_EQ(by_operator.status, 200);
  auto events = recorded(by_operator);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].invoked_by, "operator");

  auto as = [&](std::string name, std::string target) {
    return sync_wait(dispatcher_->call_as(authz::Principal::service(std::move(name)),
                                          json_request(std::move(target)), "{}"));
  };
  EXPECT_TRUE(as("jobs.coffer.internal", "Coffer.Upkeep").ok());
  EXPECT_FALSE(as("jobs.coffer.internal", "TrentService.Echo").ok());
  EXPECT_FALSE(as("lifecycle.s3.amazonaws.com", "Coffer.Upkeep").ok());
}

TEST_F(DispatcherTest, TheDoor) {
  make({.requests_max = 0});
  auto slow = s3("GET", "/b/k");
  EXPECT_EQ(slow.status, 503);
  EXPECT_THAT(slow.body, HasSubstr("SlowDown"));
  EXPECT_THAT(json("TrentService.Echo", "{}").body, HasSubstr("ThrottlingException"));
  make({});
  dispatcher_->admit_nothing(true);
  EXPECT_EQ(s3("GET", "/b/k").status, 503);
  dispatcher_->admit_nothing(false);
  EXPECT_EQ(s3("GET", "/b/k").status, 200);
  EXPECT_EQ(dispatcher_->under_way(), 0u);
}

// What tells operations apart is signed: a presigned URL of Version 2 stays what it is.
TEST(Routes, AreSignedByVersion2) {
  for (const OpEntry* op : operations()) {
    std::string_view left = op->spec.route.query;
    while (op->spec.service == Service::kS3 && !left.empty()) {
      const std::string_view piece = left.substr(0, left.find('&'));
      left.remove_prefix(std::min(piece.size() + 1, left.size()));
      const std::string_view name = piece.substr(0, piece.find('='));
      // Both versions of a listing show the same to the same callers; a URL with an ID is refused.
      EXPECT_TRUE(name == "list-type" || name == "id" || protocol::signed_by_version2(name))
          << op->spec.name;
    }
  }
}

}  // namespace
}  // namespace coffer::api
