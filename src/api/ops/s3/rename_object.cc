// RenameObject gives an object of a directory bucket another key, in one step.
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
#include "api/ops/s3/common.h"
#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/digest.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr size_t kClientTokenMax = 1024;

// source_key reads x-amz-rename-source: KEY or BUCKET/KEY, with or without a leading slash,
// percent-encoded. Error: InvalidArgument.
Result<std::string> source_key(const std::string& bucket, const std::string& header) {
  auto key = url_decode(header);
  const auto invalid =
      s3::invalid_argument("Invalid rename source object key", "x-amz-rename-source", header);
  if (!key) return invalid;
  if (key->starts_with('/')) key->erase(0, 1);
  if (key->starts_with(bucket + "/")) key->erase(0, bucket.size() + 1);
  if (!s3::check_key(*key).ok()) return invalid;
  return std::move(*key);
}

struct TargetConditionHeaders {
  std::optional<std::string> if_match, if_none_match;
  std::optional<Timestamp> if_modified_since, if_unmodified_since;
  static constexpr auto shape() {
    using H = TargetConditionHeaders;
    return fields(header<&H::if_match>("If-Match"), header<&H::if_none_match>("If-None-Match"),
                  header<&H::if_modified_since>("If-Modified-Since"),
                  header<&H::if_unmodified_since>("If-Unmodified-Since"));
  }
};
struct RenameSourceHeaders {
  std::optional<std::string> if_match, if_none_match;
  std::optional<Timestamp> if_modified_since, if_unmodified_since;
  static constexpr auto shape() {
    using H = RenameSourceHeaders;
    return fields(header<&H::if_match>("x-amz-rename-source-if-match"),
                  header<&H::if_none_match>("x-amz-rename-source-if-none-match"),
                  header<&H::if_modified_since>("x-amz-rename-source-if-modified-since"),
                  header<&H::if_unmodified_since>("x-amz-rename-source-if-unmodified-since"));
  }
};
template <class Headers>
s3::ReadConditions conditions_of(const Headers& h) {
  const auto ms = [](const std::optional<Timestamp>& t) {
    return t ? std::optional<UnixMs>(t->ms) : std::nullopt;
  };
  return {h.if_match, h.if_none_match, ms(h.if_modified_since), ms(h.if_unmodified_since)};
}

// judge_rename holds conditions against either side. Where there is no object If-None-Match holds,
// If-Match does not, and dates say nothing.
Status judge_rename(const s3::ReadConditions& c, const std::optional<s3::StoredHead>& found) {
  if (!found) return c.if_match ? Status(s3::precondition_failed("If-Match")) : ok_status();
  TRY(const s3::ReadOutcome outcome,
      s3::judge_read(c, found->head.etag, found->head.modified_ms, false));
  if (outcome == s3::ReadOutcome::kProceed) return ok_status();
  return s3::precondition_failed(c.if_none_match ? "If-None-Match" : "If-Modified-Since");
}

void add(Writer& w, const s3::ReadConditions& c) {
  for (const auto& etag : {c.if_match, c.if_none_match})
    w.u8(etag ? 1 : 0).bytes(etag.value_or(""));
  for (const auto& date : {c.if_modified_since, c.if_unmodified_since})
    w.u8(date ? 1 : 0).u64(static_cast<uint64_t>(date.value_or(0)));
}

struct RenameObject {
  struct Input {
    std::string bucket, key, source;
    std::optional<std::string> client_token;
    TargetConditionHeaders target_conditions;
    RenameSourceHeaders source_conditions;
  };
  using Output = Nothing;
  using Facts = BucketPtr;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "RenameObject",
                               .route = {Method::kPut, Scope::kObject, "renameObject"},
                               .body_bytes_max = 0,
                               .data_event = true};
  static constexpr auto input =
      fields(path<&Input::bucket>("Bucket"), path<&Input::key>("Key"),
             header<&Input::source>("x-amz-rename-source"),
             header<&Input::client_token>("x-amz-client-token"), group<&Input::target_conditions>(),
             group<&Input::source_conditions>());
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) {
    TRY(const std::string source, source_key(in.bucket, in.source));
    if (in.client_token && in.client_token->size() > kClientTokenMax)
      return s3::invalid_argument("The client token is too long.", "x-amz-client-token",
                                  *in.client_token);
    // The codes of these are (unverified).
    if (in.key.ends_with('/') || source.ends_with('/'))
      return Error{"InvalidRequest", "Keys that end in a slash cannot be renamed."};
    if (in.key == source)
      return Error{"InvalidRequest", "An object cannot be renamed to the key that it has."};
    return ok_status();
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    co_return find_bucket_of(call, {in.bucket, in.key, {}});
  }
  static std::vector<Demand> demands(const Input& in, const Facts& bucket, const Call&) {
    return {on_object(bucket->value, in.key, "s3:PutObject")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    const s3::ReadConditions target = conditions_of(in->target_conditions),
                             source = conditions_of(in->source_conditions);
    s3::Index::Renaming renaming{.target = in->key};
    CO_TRY(renaming.source, source_key(in->bucket, in->source));
    // A rename without a token gets one of its own: a commit of unknown outcome is found by it.
    renaming.token = in->client_token && !in->client_token->empty() ? *in->client_token
                                                                    : call.services.random->uuid();
    Writer w;
    w.bytes(renaming.source).bytes(renaming.target).bytes(call.caller.principal.arn);
    add(w, target);
    add(w, source);
    renaming.what = crypto::sha256(w.view());
    renaming.judge_target = [target](const auto& found) { return judge_rename(target, found); };
    renaming.judge_source = [source](const auto& found) { return judge_rename(source, found); };
    CO_TRY_OK(co_await call.services.s3->index().rename(std::move(bucket), std::move(renaming)));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, RenameObject);

}  // namespace coffer::api
