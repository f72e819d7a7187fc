#include "audit/event.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace coffer::audit {
namespace {

using Json = nlohmann::json;

Event full_event() {
  Event e;
  e.event_id = "3d0f7f4e-0000-4000-8000-000000000001";
  e.time_ms = 1'700'000'000'123;
  e.source = "kms.amazonaws.com";
  e.name = "Decrypt";
  e.region = "us-east-1";
  e.read_only = true;
  e.identity.type = authz::PrincipalType::kUser;
  e.identity.account = "123456789012";
  e.identity.arn = "arn:aws:iam::123456789012:user/alice";
  e.identity.principal_id = "AIDAEXAMPLE";
  e.identity.name = "alice";
  e.identity.access_key_id = "AKIAEXAMPLE";
  e.identity.tags = {{"team", "blue"}, {"zone", "1"}};
  e.source_ip = "192.0.2.1";
  e.user_agent = "aws-cli/2";
  e.request = {{"encryptionAlgorithm", "SYMMETRIC_DEFAULT"},
               {"encryptionContext", R"({"a":"b"})", true}};
  e.additional = {{"keyMaterialId", "0123"}};
  e.resources = {{"123456789012", "AWS::KMS::Key", "arn:aws:kms:us-east-1:123456789012:key/k"}};
  e.request_id = "req-1";
  e.recipient_account = "123456789012";
  e.tls_version = "TLSv1.3";
  e.cipher_suite = "TLS_AES_128_GCM_SHA256";
  e.host = "kms.localhost:9000";
  authz::Decision d;
  d.allowed = true;
  d.side = authz::PolicySide::kResource;
  d.policy_name = "default";
  d.statement_id = "#0";
  d.action = "kms:Decrypt";
  d.resource = e.resources[0].arn;
  d.considered = {"default", "AdministratorAccess"};
  d.conditions_seen = {{"aws:principalarn", e.identity.arn}};
  e.decisions = {d};
  return e;
}

Json rendered(const Event& e) { return Json::parse(render_json(e)); }

TEST(EventTest, EncodingComesBack) {
  Event e = full_event();
  e.identity.token_issued_ms = 5;
  const Bytes bytes = encode_event(e);
  auto back = decode_event(bytes);
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(encode_event(*back), bytes);
  EXPECT_EQ(render_json(*back), render_json(e));
  EXPECT_EQ(back->decisions[0].considered, e.decisions[0].considered);
  EXPECT_EQ(back->decisions[0].conditions_seen, e.decisions[0].conditions_seen);
  EXPECT_EQ(back->identity.tags, e.identity.tags);
  EXPECT_EQ(event_id_of(bytes), e.event_id);
}

TEST(EventTest, DecodingRefusesCutsAndNewerVersions) {
  Bytes bytes = encode_event(full_event());
  for (size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(decode_event(bytes.substr(0, n)).ok()) << n;
  EXPECT_FALSE(decode_event(bytes + "x").ok());
  bytes[3] = 2;
  EXPECT_NE(decode_event(bytes).error().message.find("version 2"), std::string::npos);
  EXPECT_EQ(event_id_of(bytes), "");
}

// The bytes of version 1. A change here is a new version, and this one must still be read.
TEST(EventTest, GoldenBytes) {
  Event e;
  e.event_id = "id";
  e.time_ms = 0x0102030405;
  e.source = "s";
  e.name = "n";
  e.region = "r";
  e.type = EventType::kServiceEvent;
  e.category = Category::kData;
  e.read_only = true;
  e.identity.type = authz::PrincipalType::kAssumedRole;
  e.identity.account = "a";
  e.identity.tags = {{"k", "v"}};
  e.identity.token_issued_ms = 7;
  e.identity.mfa = true;
  e.invoked_by = "i";
  e.request = {{"p", "1", true}};
  e.resources = {{"a", "t", "arn"}};
  e.request_id = "q";
  authz::Decision d;
  d.allowed = true;
  d.side = authz::PolicySide::kGrant;
  d.considered = {"c"};
  d.conditions_seen = {{"x", "y"}};
  e.decisions = {d};
  EXPECT_EQ(hex(encode_event(e)),
            "435445"  // CTE
            "01"      // version
            "026964"
            "0000000102030405"  // ID, time
            "0173"
            "016e"
            "0172"  // source, name, Region
            "02"
            "02"
            "01"  // type, category, read-only
            "03"
            "0161"
            "00"
            "00"
            "00"
            "00"
            "00"
            "00"  // principal: type, account, ARN, ID, name, role ARN, role ID, access key
            "01"
            "016b0176"
            "00"  // tags, source identity
            "01"
            "0000000000000007"
            "01"  // token issued, MFA
            "0169"
            "00"
            "00"
            "00"
            "00"  // invoked by, source IP, agent, error code, error message
            "01"
            "0170"
            "0131"
            "01"
            "00"
            "00"  // request, response, additional
            "01"
            "0161"
            "0174"
            "0361726e"  // resources
            "0171"
            "00"
            "00"
            "00"
            "00"
            "00"  // request ID, recipient, shared ID, TLS, cipher suite, host
            "01"
            "01"
            "00"
            "07"
            "00"
            "00"
            "00"
            "00"
            "01"
            "0163"
            "01"
            "01780179");  // decisions
}

TEST(EventTest, TimesAreWithinTheCalendar) {
  for (UnixMs time : {INT64_MIN, int64_t{-1}, INT64_MAX}) {
    Event e = full_event();
    e.time_ms = time;
    EXPECT_FALSE(decode_event(encode_event(e)).ok());
    e.identity.token_issued_ms = time;
    bound_event(e);
    EXPECT_TRUE(decode_event(encode_event(e)).ok());
    e.identity.token_issued_ms = time;
    EXPECT_FALSE(decode_event(encode_event(e)).ok());
  }
}

TEST(EventTest, BoundsCutWhatIsTooLarge) {
  Event e = full_event();
  e.user_agent = std::string(1023, 'a') + "\xc3\xa9";  // é lies across the bound
  e.error_message = std::string(5000, 'm');
  e.request = {{"keyId", e.resources[0].arn},
               {"policy", std::string(200'000, 'p'), true},
               {"tags", std::string(60'000, 't')}};
  e.decisions[0].conditions_seen = {{"aws:UserAgent", std::string(60'000, 'u')}};
  e.response = {{"small", "kept"}};
  e.decisions.assign(100'000, e.decisions[0]);
  e.resources.assign(50'000, e.resources[0]);
  bound_event(e);
  EXPECT_EQ(e.user_agent, std::string(1023, 'a'));
  EXPECT_EQ(e.error_message.size(), 1024u);
  ASSERT_EQ(e.request.size(), 3u);
  EXPECT_EQ(e.request[0].value, e.resources[0].arn);
  EXPECT_EQ(e.request[1].value, "omitted: 200000 bytes");
  EXPECT_FALSE(e.request[1].json);
  EXPECT_EQ(e.request[2].value.size(), 60'000u);
  EXPECT_EQ(e.decisions[0].conditions_seen[0].second.size(), 1024u);
  EXPECT_EQ(e.response.size(), 1u);
  EXPECT_LT(encode_event(e).size(), 600'000u);
  EXPECT_GT(e.decisions.size(), 100u);
}

TEST(RenderTest, UserInTheKeyService) {
  const Json j = rendered(full_event());
  EXPECT_EQ(j, Json::parse(R"({
    "eventVersion": "1.11",
    "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::123456789012:user/alice",
                     "accountId": "123456789012", "accessKeyId": "AKIAEXAMPLE", "userName": "alice"},
    "eventTime": "2023-11-14T22:13:20Z", "eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "awsRegion": "us-east-1",
    "sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli/2",
    "requestParameters": {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": {"a": "b"}},
    "responseElements": null, "additionalEventData": {"keyMaterialId": "0123"},
    "requestID": "req-1", "eventID": "3d0f7f4e-0000-4000-8000-000000000001", "readOnly": true,
    "resources": [{"accountId": "123456789012", "type": "AWS::KMS::Key", "ARN": "arn:aws:kms:us-east-1:123456789012:key/k"}],
    "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "123456789012", "eventCategory": "Management",
    "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
                   "clientProvidedHostHeader": "kms.localhost:9000"}})"));
}

TEST(RenderTest, AssumedRoleThroughS3) {
  Event e = full_event();
  e.identity = {};
  e.identity.type = authz::PrincipalType::kAssumedRole;
  e.identity.account = "123456789012";
  e.identity.arn = "arn:aws:sts::123456789012:assumed-role/app/session";
  e.identity.principal_id = "AROAEXAMPLE:session";
  e.identity.name = "session";
  e.identity.role_arn = "arn:aws:iam::123456789012:role/path/app";
  e.identity.role_id = "AROAEXAMPLE";
  e.identity.access_key_id = "ASIAEXAMPLE";
  e.identity.source_identity = "alice";
  e.identity.token_issued_ms = 1'700'000'000'000;
  e.invoked_by = e.source_ip = e.user_agent = "fas.s3.amazonaws.com";
  const Json j = rendered(e);
  EXPECT_EQ(j["userIdentity"], Json::parse(R"({
    "type": "AssumedRole", "principalId": "AROAEXAMPLE:session", "arn": "arn:aws:sts::123456789012:assumed-role/app/session",
    "accountId": "123456789012", "accessKeyId": "ASIAEXAMPLE", "invokedBy": "fas.s3.amazonaws.com",
    "sessionContext": {
      "sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE", "arn": "arn:aws:iam::123456789012:role/path/app",
                        "accountId": "123456789012", "userName": "app"},
      "attributes": {"creationDate": "2023-11-14T22:13:20Z", "mfaAuthenticated": "false"}, "sourceIdentity": "alice"}})"));
  EXPECT_EQ(j["sourceIPAddress"], "fas.s3.amazonaws.com");
}

TEST(RenderTest, RootServiceAndAnonymous) {
  Event e = full_event();
  e.identity = authz::Principal::root("123456789012");
  EXPECT_EQ(rendered(e)["userIdentity"],
            Json::parse(R"({"type": "Root", "principalId": "123456789012",
    "arn": "arn:aws:iam::123456789012:root", "accountId": "123456789012"})"));
  e.identity = authz::Principal::service("lifecycle.s3.amazonaws.com");
  EXPECT_EQ(rendered(e)["userIdentity"],
            Json::parse(R"({"type": "AWSService", "invokedBy": "lifecycle.s3.amazonaws.com"})"));
  e.identity = {};
  EXPECT_EQ(
      rendered(e)["userIdentity"],
      Json::parse(
          R"({"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"})"));
  e.type = EventType::kServiceEvent;
  e.name = "RotateKey";
  e.request.clear();
  const Json j = rendered(e);
  EXPECT_EQ(j["userIdentity"],
            Json::parse(R"({"accountId": "123456789012", "invokedBy": "AWS Internal"})"));
  EXPECT_EQ(j["eventType"], "AwsServiceEvent");
  EXPECT_TRUE(j["requestParameters"].is_null());
}

TEST(RenderTest, AnotherAccountsCopyTellsLess) {
  Event e = full_event();
  e.recipient_account = "999999999999";
  e.shared_event_id = "shared";
  const Json j = rendered(e);
  EXPECT_EQ(
      j["userIdentity"],
      Json::parse(
          R"({"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "123456789012"})"));
  EXPECT_EQ(j["sharedEventID"], "shared");
}

TEST(RenderTest, S3DataEventThatFailed) {
  Event e = full_event();
  e.source = "s3.amazonaws.com";
  e.name = "PutObject";
  e.category = Category::kData;
  e.read_only = false;
  e.error_code = "AccessDenied";
  e.error_message = "Access Denied";
  e.resources = {{"", "AWS::S3::Object", "arn:aws:s3:::b/k"},
                 {"123456789012", "AWS::S3::Bucket", "arn:aws:s3:::b"}};
  e.additional = {{"bytesTransferredIn", "5", true}};
  const Json j = rendered(e);
  EXPECT_EQ(j["userAgent"], "[aws-cli/2]");
  EXPECT_EQ(j["errorCode"], "AccessDenied");
  EXPECT_EQ(j["managementEvent"], false);
  EXPECT_EQ(j["eventCategory"], "Data");
  EXPECT_EQ(j["additionalEventData"]["bytesTransferredIn"], 5);
  EXPECT_FALSE(j["resources"][0].contains("accountId"));
  EXPECT_FALSE(j.contains("decisions"));
}

TEST(RenderTest, HostileParametersStayText) {
  Event e = full_event();
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  e.request = {{"broken", "{\"a\":", true},
               {"deep", deep, true},
               {"bytes", "\xff\xfe"},
               {"text", "{\"a\":1}"}};
  const Json j = rendered(e);
  EXPECT_EQ(j["requestParameters"]["broken"], "{\"a\":");
  EXPECT_EQ(j["requestParameters"]["deep"], deep);
  EXPECT_EQ(j["requestParameters"]["text"], "{\"a\":1}");
}

TEST(EventTest, BeginsFromTheCallersContext) {
  authz::RequestContext context;
  context.principal = authz::Principal::root("123456789012");
  context.region = "us-east-1";
  context.request_id = "req";
  context.source_ip = "192.0.2.1";
  context.user_agent = "cli";
  context.now_ms = 77;
  context.host = "h";
  const Event direct = begin_event(context, "s3.amazonaws.com", "PutObject");
  EXPECT_EQ(direct.time_ms, 77);
  EXPECT_EQ(direct.invoked_by, "");
  EXPECT_EQ(direct.recipient_account, "123456789012");
  const Event forwarded =
      begin_event(context.forward("s3", "fas.s3.amazonaws.com"), "kms.amazonaws.com", "Decrypt");
  EXPECT_EQ(forwarded.invoked_by, "fas.s3.amazonaws.com");
  EXPECT_EQ(forwarded.source_ip, "fas.s3.amazonaws.com");
  EXPECT_EQ(forwarded.request_id, "req");
}

}  // namespace
}  // namespace coffer::audit
