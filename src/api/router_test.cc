#include "api/router.h"

#include <gtest/gtest.h>

#include <set>

#include "api/testing/signer.h"

namespace coffer::api {
namespace {

using testing::make_request;

OpEntry entry(std::string_view name, Route route, Service service = Service::kS3) {
  return {.spec = {.service = service, .name = name, .route = route},
          .input = {},
          .output = {},
          .handle = nullptr};
}

const OpEntry kEntries[] = {
    entry("ListBuckets", {Method::kGet, Scope::kService}),
    entry("ListDirectoryBuckets", {Method::kGet, Scope::kService}),
    entry("CreateBucket", {Method::kPut, Scope::kBucket}),
    entry("ListObjects", {Method::kGet, Scope::kBucket}),
    entry("ListObjectsV2", {Method::kGet, Scope::kBucket, "list-type=2"}),
    entry("GetBucketPolicy", {Method::kGet, Scope::kBucket, "policy"}),
    entry("GetObject", {Method::kGet, Scope::kObject}),
    entry("ListParts", {Method::kGet, Scope::kObject, "uploadId"}),
    entry("PutObject", {Method::kPut, Scope::kObject}),
    entry("CopyObject", {Method::kPut, Scope::kObject, "", "x-amz-copy-source"}),
    entry("UploadPart", {Method::kPut, Scope::kObject, "partNumber&uploadId"}),
    entry("UploadPartCopy",
          {Method::kPut, Scope::kObject, "partNumber&uploadId", "x-amz-copy-source"}),
    entry("Encrypt", {}, Service::kKms),
    entry("CreateUser", {}, Service::kIam),
};

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    for (const OpEntry& e : kEntries) list_.push_back(&e);
    router_.emplace(list_, std::vector<std::string>{"s3.example.org", "Example.org"});
  }
  std::string route(const net::Request& request, std::string_view scope = "s3") {
    auto target = router_->split_rest(request);
    if (!target.ok()) return target.error().code;
    auto op = router_->find_rest(request, *target, scope);
    if (op.ok()) return std::string((*op)->spec.name);
    std::string out = op.error().code;
    for (const auto& detail : op.error().details) out += " " + detail.value;
    return out;
  }
  std::string route(std::string method, std::string path, std::string_view scope = "s3") {
    return route(make_request(std::move(method), std::move(path)), scope);
  }
  std::string split(const std::string& host, const std::string& path) {
    net::Request request = make_request("GET", path);
    request.headers.set("host", host);
    auto target = router_->split_rest(request);
    return target.ok() ? target->bucket + "|" + target->key : target.error().code;
  }

  std::vector<const OpEntry*> list_;
  std::optional<Router> router_;
};

TEST_F(RouterTest, TheMostConditionsWin) {
  EXPECT_EQ(route("GET", "/"), "ListBuckets");
  EXPECT_EQ(route("GET", "/?x-id=ListDirectoryBuckets", "s3express"), "ListDirectoryBuckets");
  EXPECT_EQ(route("PUT", "/b"), "CreateBucket");
  EXPECT_EQ(route("GET", "/b/?prefix=a"), "ListObjects");
  EXPECT_EQ(route("GET", "/b?list-type=2&prefix=a"), "ListObjectsV2");
  EXPECT_EQ(route("GET", "/b?list-type=3"), "ListObjects");
  EXPECT_EQ(route("GET", "/b?policy"), "GetBucketPolicy");
  EXPECT_EQ(route("GET", "/b?policy="), "GetBucketPolicy");
  EXPECT_EQ(route("GET", "/b/k"), "GetObject");
  EXPECT_EQ(route("GET", "/b/k?uploadId=u"), "ListParts");
  EXPECT_EQ(route("PUT", "/b/k?x-id=PutObject"), "PutObject");
  EXPECT_EQ(route("PUT", "/b/k?partNumber=1&uploadId=u"), "UploadPart");
  net::Request copy = make_request("PUT", "/b/k");
  copy.headers.add("X-Amz-Copy-Source", "/a/b");
  EXPECT_EQ(route(copy), "CopyObject");
  copy.target = "/b/k?uploadId=u&partNumber=1";
  EXPECT_EQ(route(copy), "UploadPartCopy");
}

TEST_F(RouterTest, WhatIsNotThereIsNeverTakenForSomethingElse) {
  EXPECT_EQ(route("GET", "/b?website"), "NotImplemented website");
  EXPECT_EQ(route("GET", "/b/k?torrent"), "NotImplemented torrent");
  EXPECT_EQ(route("DELETE", "/b?policy"), "MethodNotAllowed DELETE BUCKETPOLICY");
  EXPECT_EQ(route("PUT", "/b/k?uploadId=u"), "MethodNotAllowed PUT OBJECTUPLOADID");
  EXPECT_EQ(route("DELETE", "/b/k"), "MethodNotAllowed DELETE OBJECT");
  EXPECT_EQ(route("PATCH", "/b"), "MethodNotAllowed PATCH BUCKET");
  EXPECT_EQ(route("OPTIONS", "/b/k"), "AccessForbidden");
}

TEST_F(RouterTest, BucketAndKey) {
  EXPECT_EQ(split("127.0.0.1:9000", "/b/a/b%20c+d"), "b|a/b c+d");
  EXPECT_EQ(split("[::1]:9000", "/b//x"), "b|/x");
  EXPECT_EQ(split("localhost", "/b/"), "b|");
  EXPECT_EQ(split("s3.localhost:9000", "/b/k"), "b|k");
  EXPECT_EQ(split("bkt.s3.localhost:9000", "/k/l"), "bkt|k/l");
  EXPECT_EQ(split("a.b.S3.Example.ORG", "/"), "a.b|");
  EXPECT_EQ(split("s3.example.org", "/b"), "b|");
  EXPECT_EQ(split("bkt.example.org", "//k"), "bkt|/k");
  EXPECT_EQ(split("elsewhere.test", "/b/k"), "b|k");
  EXPECT_EQ(split("xs3.localhost", "/k"), "xs3|k");
  EXPECT_EQ(split("127.0.0.1", "/b/%zz"), "InvalidURI");
  EXPECT_EQ(split("127.0.0.1", "//k"), "InvalidURI");
  EXPECT_EQ(split("127.0.0.1", "/b--use1-az4--x-s3//a/b"), "b--use1-az4--x-s3|a/b");
  EXPECT_EQ(split("127.0.0.1", "/b--use1-az4--x-s3//"), "b--use1-az4--x-s3|");
  EXPECT_TRUE(router_->names_bucket("b.s3.localhost:9000"));
  EXPECT_FALSE(router_->names_bucket("s3.localhost:9000"));
}

TEST_F(RouterTest, DomainsChange) {
  router_->set_domains({"other.test"});
  EXPECT_EQ(split("b.other.test", "/k"), "b|k");
  EXPECT_EQ(split("b.s3.localhost", "/k"), "b|k");
  EXPECT_EQ(split("b.example.org", "/x/k"), "x|k");
}

TEST_F(RouterTest, ProtocolsShareOnePort) {
  net::Request json = make_request("POST", "/");
  json.headers.add("X-Amz-Target", "TrentService.Encrypt");
  Protocol p = router_->protocol_of(json);
  EXPECT_EQ(p.family, Family::kJson);
  EXPECT_EQ(p.service, Service::kKms);
  EXPECT_EQ(router_->find_named(*p.service, p.operation)->spec.name, "Encrypt");
  json.headers.set("X-Amz-Target",
                   "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents");
  p = router_->protocol_of(json);
  EXPECT_EQ(p.service, Service::kCloudTrail);
  EXPECT_EQ(p.operation, "LookupEvents");
  json.headers.set("X-Amz-Target", "Nobody.Nothing");
  EXPECT_EQ(router_->protocol_of(json).service, std::nullopt);

  net::Request query = make_request("POST", "/");
  query.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(router_->protocol_of(query).family, Family::kQuery);
  EXPECT_EQ(
      router_->protocol_of(make_request("GET", "/?Version=2011-06-15&Action=GetCallerIdentity"))
          .family,
      Family::kQuery);
  EXPECT_EQ(router_->protocol_of(make_request("GET", "/?x-id=Action")).family, Family::kRest);

  net::Request control = make_request("GET", "/v20180820/jobs");
  EXPECT_EQ(router_->protocol_of(control).service, Service::kS3);
  control.headers.add("x-amz-account-id", "123456789012");
  EXPECT_EQ(router_->protocol_of(control).service, Service::kS3Control);
}

// Every declared operation can be reached, and no two by the same request.
TEST(Operations, HaveRoutesOfTheirOwn) {
  std::set<std::pair<Service, std::string_view>> names;
  std::set<std::tuple<Service, Method, Scope, std::string_view, std::string_view>> routes;
  Router router(operations(), {});
  for (const OpEntry* op : operations()) {
    const OpSpec& spec = op->spec;
    EXPECT_TRUE(names.emplace(spec.service, spec.name).second) << spec.name;
    EXPECT_NE(op->handle, nullptr) << spec.name;
    if (info_of(spec.service).family != Family::kRest) {
      EXPECT_EQ(router.find_named(spec.service, spec.name), op);
      continue;
    }
    if (spec.name == "ListDirectoryBuckets") continue;
    EXPECT_TRUE(routes
                    .emplace(spec.service, spec.route.method, spec.route.scope, spec.route.query,
                             spec.route.header)
                    .second)
        << spec.name;
    static constexpr std::string_view kMethods[] = {"", "GET", "PUT", "POST", "DELETE", "HEAD"},
                                      kPaths[] = {"/", "/bkt", "/bkt/key"};
    net::Request request = make_request(
        std::string(kMethods[static_cast<size_t>(spec.route.method)]),
        fmt::format("{}?{}", kPaths[static_cast<size_t>(spec.route.scope)], spec.route.query));
    if (!spec.route.header.empty()) request.headers.add(std::string(spec.route.header), "x");
    auto target = router.split_rest(request);
    ASSERT_TRUE(target.ok());
    auto found = router.find_rest(request, *target, "s3");
    ASSERT_TRUE(found.ok()) << spec.name << ": " << found.error().code;
    EXPECT_EQ((*found)->spec.name, spec.name);
  }
}

}  // namespace
}  // namespace coffer::api
