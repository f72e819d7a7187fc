// CreateSession hands out five minutes' credentials for the data of one directory bucket. The KMS
// key that the session comes to is checked now, and again at each use. For a bucket that is not
// there yet, whoever may create it gets a session that says so: clients with an endpoint of their
// own ask for one before they create the bucket.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html
#include "api/ops/s3/directory.h"
#include "base/encoding.h"
#include "iam/iam.h"

namespace coffer::api {
namespace {

using namespace s3_ops;
using iam::SessionMode;

struct SessionCredentials {
  std::string access_key_id;
  Secret secret;
  std::string token;
  Timestamp expiration;
  static constexpr auto shape() {
    using C = SessionCredentials;
    return fields(body<&C::token>("SessionToken"), body<&C::secret>("SecretAccessKey"),
                  body<&C::access_key_id>("AccessKeyId"), body<&C::expiration>("Expiration"));
  }
};

Demand session_demand(const Bucket& bucket, SessionMode mode) {
  Demand out = on_directory_bucket(bucket, "s3express:CreateSession");
  out.conditions.set(kSessionMode, mode == SessionMode::kReadOnly ? "ReadOnly" : "ReadWrite");
  return out;
}

iam::SessionSse sse_of(const s3::Plan& plan) {
  if (!plan.by_request) return iam::SessionSse::kBucketDefault;
  return plan.algorithm == s3::Algorithm::kKms ? iam::SessionSse::kKms : iam::SessionSse::kAes256;
}

// parent_token is the token of the temporary credentials that signed the request; it was opened for
// their access key already.
Result<std::string> parent_token(const Call& call) {
  const auto header = call.request.headers.find("x-amz-security-token");
  if (header) return std::string(*header);
  if (!call.caller.principal.token_issued_ms) return std::string();
  return Error{"InvalidRequest",
               "A session's token has to come in the header x-amz-security-token."};
}

struct CreateSession {
  struct Input {
    std::string bucket;
    std::optional<std::string> mode, algorithm, kms_key_id, context, bucket_key;
  };
  struct Output {
    ServiceSseAnswer sse;
    SessionCredentials credentials;
  };
  struct Facts {
    BucketPtr found;  // null: there is none of that name
    Bucket absent;    // what it would be then
    bool may_create = false;
    SessionMode mode = SessionMode::kReadWrite;
    bool may_read = false;  // where no mode was named: what it falls back to
    const Bucket& bucket() const { return found ? found->value : absent; }
  };

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "CreateSession",
                               .route = {Method::kGet, Scope::kBucket, "session"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "CreateSessionResult"};
  static constexpr auto input =
      fields(path<&Input::bucket>("Bucket"), header<&Input::mode>("x-amz-create-session-mode"),
             header<&Input::algorithm>("x-amz-server-side-encryption"),
             header<&Input::kms_key_id>("x-amz-server-side-encryption-aws-kms-key-id"),
             header<&Input::context>("x-amz-server-side-encryption-context"),
             header<&Input::bucket_key>("x-amz-server-side-encryption-bucket-key-enabled"));
  static constexpr auto output =
      fields(group<&Output::sse>(), body<&Output::credentials>("Credentials"));

  static Status validate(const Input& in, const Call& call) {
    if (!s3::zone_of_name(in.bucket))
      return Error{"InvalidBucketName", "The specified bucket is not valid."}.with("BucketName",
                                                                                   in.bucket);
    if (in.mode && *in.mode != "ReadOnly" && *in.mode != "ReadWrite")
      return s3::invalid_argument("The session mode must be ReadOnly or ReadWrite.",
                                  "x-amz-create-session-mode", *in.mode);
    if (call.request.headers.find("x-amz-server-side-encryption-customer-algorithm"))
      return Error{"InvalidRequest",
                   "Directory buckets do not support server-side encryption with customer keys."};
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    Facts out;
    out.found = call.services.s3->buckets().find(in.bucket);
    if (!out.found) {
      out.absent.name = in.bucket;
      out.absent.kind = s3::BucketKind::kDirectory;
      out.absent.owner = call.caller.principal.account;
      out.absent.region = call.services.region;
      const Demand create = on_directory_bucket(out.absent, "s3express:CreateBucket");
      out.may_create = authz::decide(call.caller, create).allowed;
    }
    CO_TRY_OK(admit_directory_bucket(call, out.bucket()));
    if (in.mode == "ReadOnly") out.mode = SessionMode::kReadOnly;
    if (in.mode) co_return out;
    const auto allowed = [&](SessionMode mode) {
      return authz::decide(call.caller, session_demand(out.bucket(), mode)).allowed;
    };
    out.may_read = allowed(SessionMode::kReadOnly);
    if (out.may_read && !allowed(SessionMode::kReadWrite)) out.mode = SessionMode::kReadOnly;
    co_return out;
  }
  static std::vector<Demand> demands(const Input&, const Facts& facts, const Call&) {
    if (facts.may_create) return {on_directory_bucket(facts.absent, "s3express:CreateBucket")};
    return {session_demand(facts.bucket(), facts.mode)};
  }
  // begin makes the credentials; what they obtain of the key service now is kept for their own use.
  static Task<Result<iam::NewSession>> begin(const Input& in, Facts facts, s3::Plan plan,
                                             Call& call) {
    iam::BucketSession session{.bucket = in.bucket,
                               .mode = facts.mode,
                               .mode_named = in.mode.has_value(),
                               .sse = sse_of(plan),
                               .sse_key_as_sent = in.kms_key_id.value_or("")};
    if (facts.found) session.instance = facts.found->value.instance;
    CO_TRY(const std::string parent, parent_token(call));
    CO_TRY(iam::NewSession made,
           call.services.iam->begin_bucket_session(std::move(session),
                                                   call.caller.principal.access_key_id, parent));
    if (plan.algorithm != s3::Algorithm::kKms) co_return made;
    authz::RequestContext as_session = call.caller;
    as_session.principal.access_key_id = made.access_key_id;
    const Status usable = co_await call.services.s3->envelopes().check_key(
        as_session, facts.found, plan.kms_key_id, facts.mode == SessionMode::kReadWrite);
    if (!usable.ok()) co_return usable.error();
    co_return made;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    if (!facts.found && !facts.may_create) co_return s3::no_such_bucket(in->bucket);
    s3::Plan plan;
    if (facts.found) {
      const s3::SseRequest asked{.algorithm = in->algorithm,
                                 .kms_key_id = in->kms_key_id,
                                 .context = in->context,
                                 .bucket_key = in->bucket_key};
      CO_TRY(plan, s3::plan(asked, facts.found->value));
    }
    auto made = co_await begin(*in, facts, plan, call);
    if (!made && made.error().code == "AccessDenied" && facts.may_read &&
        facts.mode == SessionMode::kReadWrite) {
      facts.mode = SessionMode::kReadOnly;
      made = co_await begin(*in, facts, plan, call);
    }
    if (!made && made.error().code == "AccessDenied") co_return s3::access_denied();
    if (!made) co_return std::move(made.error());
    Output out;
    out.sse.algorithm = s3::algorithm_name(plan.algorithm);
    if (plan.algorithm == s3::Algorithm::kKms) {
      out.sse.kms_key_id = plan.kms_key_id;
      out.sse.context = in->context;
      out.sse.bucket_key = true;
    }
    call.draft.event.response.push_back(
        {"credentials",
         fmt::format(R"({{"accessKeyId":"{}","expiration":"{}","sessionToken":"{}"}})",
                     made->access_key_id, iso8601(made->expires_ms), made->token),
         true});
    out.credentials = {std::move(made->access_key_id),
                       std::move(made->secret),
                       std::move(made->token),
                       {made->expires_ms}};
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, CreateSession);

}  // namespace coffer::api
