// GetObjectTagging, PutObjectTagging and DeleteObjectTagging: the tags of one version, which stays
// the same version. Source: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html and
// its like.
#include "api/ops/s3/tagging.h"
#include "api/ops/s3/versions.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct Version {
  std::optional<std::string> version_id;
};

// OnTags is what the three have in common; Op says kVerb.
template <class Op, class In>
struct OnTags {
  using Input = In;
  using Facts = VersionFacts;
  static Status validate(const Input& in, const Call&) { return check_version_id(in.version_id); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return version_facts(call, in.at, in.version_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call&) {
    Demand demand =
        on_object(facts.bucket->value, in.at.key,
                  fmt::format("s3:{}Object{}Tagging", Op::kVerb, in.version_id ? "Version" : ""));
    set_if_sent(demand, "s3:VersionId", in.version_id);
    facts.existing.set(demand);
    if constexpr (requires { Op::requested(in); }) set_request_tags(demand, Op::requested(in));
    return {std::move(demand), may_learn_missing(facts.bucket->value)};
  }
  static Task<Result<Version>> change(const Authorized<Input>& in, Facts facts, Call& call,
                                      s3::Tags tags) {
    CO_TRY(const auto version, version_in(facts.bucket->value, in->version_id));
    const auto edit = [&](const s3::Head& head, s3::Metadata& metadata) -> Status {
      if (facts.existing.judged && !facts.existing.judged->is(head)) return s3::slow_down();
      metadata.tags = tags;
      return ok_status();
    };
    CO_TRY(const s3::Head head, co_await call.services.s3->objects().amend(
                                    facts.bucket, in->at.key, version, edit,
                                    missing_answer(in, call, in->at.key, in->version_id)));
    co_return Version{shown_version(facts.bucket->value, head)};
  }
};

struct ObjectVersion {
  ObjectName at;
  std::optional<std::string> version_id;
  static constexpr auto shape() {
    return fields(group<&ObjectVersion::at>(), query<&ObjectVersion::version_id>("versionId"));
  }
};

struct GetObjectTagging : OnTags<GetObjectTagging, ObjectVersion> {
  struct Output {
    std::optional<std::string> version_id;
    Tagging tagging;
  };
  static constexpr std::string_view kVerb = "Get";
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "GetObjectTagging",
                               .route = {Method::kGet, Scope::kObject, "tagging"},
                               .read_only = true,
                               .data_event = true,
                               .output_root = "Tagging"};
  static constexpr auto input = Input::shape();
  static constexpr auto output =
      fields(header<&Output::version_id>("x-amz-version-id"), group<&Output::tagging>());
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(const auto version, version_in(facts.bucket->value, in->version_id));
    CO_TRY(const s3::Described found, co_await call.services.s3->objects().describe(
                                          facts.bucket, in->at.key, version,
                                          missing_answer(in, call, in->at.key, in->version_id)));
    if (facts.existing.judged && !facts.existing.judged->is(found.head)) co_return s3::slow_down();
    co_return Output{shown_version(facts.bucket->value, found.head),
                     {shown_tags(found.metadata.tags)}};
  }
};

struct TaggedVersion {
  ObjectName at;
  std::optional<std::string> version_id;
  Tagging tagging;
};

struct PutObjectTagging : OnTags<PutObjectTagging, TaggedVersion> {
  using Output = Version;
  static constexpr std::string_view kVerb = "Put";
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PutObjectTagging",
                               .route = {Method::kPut, Scope::kObject, "tagging"},
                               .data_event = true,
                               .checksum_required = true};
  static constexpr auto input = fields(group<&Input::at>(), query<&Input::version_id>("versionId"),
                                       payload<&Input::tagging>("Tagging", {.required = true}));
  static constexpr auto output = fields(header<&Output::version_id>("x-amz-version-id"));

  static Status validate(const Input& in, const Call&) {
    TRY_OK(tags_of(in.tagging.tags, s3::kObjectTagsMax));
    return check_version_id(in.version_id);
  }
  static s3::Tags requested(const Input& in) {
    auto tags = tags_of(in.tagging.tags, s3::kObjectTagsMax);
    return tags.ok() ? std::move(*tags) : s3::Tags();
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    CO_TRY(s3::Tags tags, tags_of(in->tagging.tags, s3::kObjectTagsMax));
    co_return co_await change(in, std::move(facts), call, std::move(tags));
  }
};

struct DeleteObjectTagging : OnTags<DeleteObjectTagging, ObjectVersion> {
  using Output = Version;
  static constexpr std::string_view kVerb = "Delete";
  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "DeleteObjectTagging",
                               .route = {Method::kDelete, Scope::kObject, "tagging"},
                               .status_ok = 204,
                               .data_event = true};
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields(header<&Output::version_id>("x-amz-version-id"));
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    co_return co_await change(in, std::move(facts), call, {});
  }
};

}  // namespace

COFFER_OPERATION(s3, GetObjectTagging);
COFFER_OPERATION(s3, PutObjectTagging);
COFFER_OPERATION(s3, DeleteObjectTagging);

}  // namespace coffer::api
