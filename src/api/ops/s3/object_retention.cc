// GetObjectRetention, PutObjectRetention, GetObjectLegalHold and PutObjectLegalHold: what keeps one
// version from being deleted. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html and its like.
#include "api/ops/s3/object_lock.h"
#include "api/ops/s3/tagging.h"
#include "api/ops/s3/versions.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr OpSpec lock_op(std::string_view name, Method method, std::string_view query) {
  return {.service = Service::kS3,
          .name = name,
          .route = {method, Scope::kObject, query},
          .read_only = method == Method::kGet,
          .data_event = true,
          .checksum_required = method == Method::kPut};
}

Error no_lock(const std::string& key) {
  return Error{"NoSuchObjectLockConfiguration",
               "The specified object does not have a ObjectLock configuration"}
      .with("Key", key);
}

// OnLock is what the four have in common; Op says kAction.
template <class Op, class In>
struct OnLock {
  using Input = In;
  using Facts = BucketPtr;
  static Status validate(const Input& in, const Call&) { return check_version_id(in.version_id); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket_of(call, in.at);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call& call) {
    Demand demand = on_object(bucket->value, in.at.key, std::string(Op::kAction));
    set_if_sent(demand, "s3:VersionId", in.version_id);
    if constexpr (requires { Op::asked(in); })
      set_lock_conditions(demand, Op::asked(in), call.services.clock->business_ms());
    std::vector<Demand> out{std::move(demand), may_learn_missing(bucket->value)};
    if constexpr (requires { in.bypass_governance; })
      if (in.bypass_governance.value_or(false))
        out.push_back(bypass_demand(bucket->value, in.at.key));
    return out;
  }
  static Task<Result<s3::ObjectLock>> lock_of(const Authorized<Input>& in, BucketPtr bucket,
                                              Call& call) {
    CO_TRY_OK(check_bucket_lock(bucket->value));
    CO_TRY(const auto version, version_in(bucket->value, in->version_id));
    CO_TRY(const s3::Described found,
           co_await call.services.s3->objects().describe(
               bucket, in->at.key, version, missing_answer(in, call, in->at.key, in->version_id)));
    co_return found.metadata.lock;
  }
  static Task<Result<Nothing>> change(const Authorized<Input>& in, BucketPtr bucket, Call& call,
                                      s3::Objects::Edit edit) {
    CO_TRY_OK(check_bucket_lock(bucket->value));
    CO_TRY(const auto version, version_in(bucket->value, in->version_id));
    CO_TRY_OK(co_await call.services.s3->objects().amend(
        bucket, in->at.key, version, std::move(edit),
        missing_answer(in, call, in->at.key, in->version_id)));
    co_return Nothing{};
  }
};

struct OfVersion {
  ObjectName at;
  std::optional<std::string> version_id;
  static constexpr auto shape() {
    return fields(group<&OfVersion::at>(), query<&OfVersion::version_id>("versionId"));
  }
};

struct RetentionDocument {
  std::optional<std::string> mode;
  std::optional<Timestamp> until;
  static constexpr auto shape() {
    return fields(body<&RetentionDocument::mode>("Mode"),
                  body<&RetentionDocument::until>("RetainUntilDate"));
  }
};

struct GetObjectRetention : OnLock<GetObjectRetention, OfVersion> {
  struct Output {
    RetentionDocument retention;
  };
  static constexpr std::string_view kAction = "s3:GetObjectRetention";
  static constexpr OpSpec spec = lock_op("GetObjectRetention", Method::kGet, "retention");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(payload<&Output::retention>("Retention"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY(const s3::ObjectLock lock, co_await lock_of(in, bucket, call));
    if (!lock.retention) co_return no_lock(in->at.key);
    co_return Output{{std::string(s3::lock_mode_name(lock.retention->mode)),
                      Timestamp{lock.retention->until_ms}}};
  }
};

struct RetentionRequest {
  ObjectName at;
  std::optional<std::string> version_id;
  std::optional<bool> bypass_governance;
  RetentionDocument retention;
};

struct PutObjectRetention : OnLock<PutObjectRetention, RetentionRequest> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutObjectRetention";
  static constexpr OpSpec spec = lock_op("PutObjectRetention", Method::kPut, "retention");
  static constexpr auto input =
      fields(group<&Input::at>(), query<&Input::version_id>("versionId"),
             header<&Input::bypass_governance>("x-amz-bypass-governance-retention"),
             payload<&Input::retention>("Retention"));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call& call) {
    const RetentionDocument& sent = in.retention;
    if (sent.mode.has_value() != sent.until.has_value()) return s3::malformed_xml();
    if (sent.mode)
      TRY_OK(parse_retention(*sent.mode, sent.until->ms, call.services.clock->business_ms()));
    return check_version_id(in.version_id);
  }
  static s3::ObjectLock asked(const Input& in) {
    s3::ObjectLock out;
    if (in.retention.mode && in.retention.until)
      out.retention =
          s3::Retention{*s3::parse_lock_mode(*in.retention.mode), in.retention.until->ms};
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const auto next = asked(*in).retention;
    const bool bypass = in->bypass_governance.value_or(false);
    const UnixMs now_ms = call.services.clock->business_ms();
    const auto edit = [&](const s3::Head&, s3::Metadata& metadata) -> Status {
      TRY_OK(s3::judge_retention(metadata.lock, next, bypass, now_ms));
      metadata.lock.retention = next;
      return ok_status();
    };
    co_return co_await change(in, bucket, call, edit);
  }
};

struct LegalHoldDocument {
  std::optional<std::string> status;
  static constexpr auto shape() {
    return fields(body<&LegalHoldDocument::status>("Status", {.values = "ON|OFF"}));
  }
};

struct GetObjectLegalHold : OnLock<GetObjectLegalHold, OfVersion> {
  struct Output {
    LegalHoldDocument hold;
  };
  static constexpr std::string_view kAction = "s3:GetObjectLegalHold";
  static constexpr OpSpec spec = lock_op("GetObjectLegalHold", Method::kGet, "legal-hold");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(payload<&Output::hold>("LegalHold"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY(const s3::ObjectLock lock, co_await lock_of(in, bucket, call));
    if (!lock.legal_hold) co_return no_lock(in->at.key);
    co_return Output{{*lock.legal_hold ? "ON" : "OFF"}};
  }
};

struct LegalHoldRequest {
  ObjectName at;
  std::optional<std::string> version_id;
  LegalHoldDocument hold;
};

struct PutObjectLegalHold : OnLock<PutObjectLegalHold, LegalHoldRequest> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutObjectLegalHold";
  static constexpr OpSpec spec = lock_op("PutObjectLegalHold", Method::kPut, "legal-hold");
  static constexpr auto input = fields(group<&Input::at>(), query<&Input::version_id>("versionId"),
                                       payload<&Input::hold>("LegalHold"));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) {
    if (!in.hold.status) return s3::malformed_xml();
    return check_version_id(in.version_id);
  }
  static s3::ObjectLock asked(const Input& in) {
    s3::ObjectLock out;
    if (in.hold.status) out.legal_hold = *in.hold.status == "ON";
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const bool on = in->hold.status == "ON";
    const auto edit = [on](const s3::Head&, s3::Metadata& metadata) {
      metadata.lock.legal_hold = on;
      return ok_status();
    };
    co_return co_await change(in, bucket, call, edit);
  }
};

}  // namespace

COFFER_OPERATION(s3, GetObjectRetention);
COFFER_OPERATION(s3, PutObjectRetention);
COFFER_OPERATION(s3, GetObjectLegalHold);
COFFER_OPERATION(s3, PutObjectLegalHold);

}  // namespace coffer::api
