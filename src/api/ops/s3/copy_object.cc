// CopyObject reads an object as the caller and writes it anew, under the encryption that the
// request and the target's bucket say. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
#include "api/ops/s3/copy_source.h"
#include "api/ops/s3/object_write.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct CopyObject {
  struct Input {
    ObjectWrite write;
    SourceHeaders source;
    std::optional<std::string> metadata_directive, tagging_directive;
  };
  struct Output {
    std::optional<std::string> version_id, source_version_id;
    SseAnswer sse;
    std::string etag;
    Timestamp last_modified;
    ChecksumElements checksum;
  };
  struct Facts {
    WriteFacts target;
    SourceFacts source;
  };

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "CopyObject",
                               .route = {Method::kPut, Scope::kObject, {}, "x-amz-copy-source"},
                               .body_bytes_max = 0,
                               .data_event = true,
                               .output_root = "CopyObjectResult"};
  static constexpr auto input =
      fields(group<&Input::write>(), group<&Input::source>(),
             header<&Input::metadata_directive>("x-amz-metadata-directive"),
             header<&Input::tagging_directive>("x-amz-tagging-directive"));
  static constexpr auto output =
      fields(header<&Output::version_id>("x-amz-version-id"),
             header<&Output::source_version_id>("x-amz-copy-source-version-id"),
             group<&Output::sse>(), body<&Output::last_modified>("LastModified"),
             body<&Output::etag>("ETag"), group<&Output::checksum>());

  static Status validate(const Input& in, const Call&) {
    for (const auto& [directive, name] :
         {std::pair{&in.metadata_directive, "x-amz-metadata-directive"},
          std::pair{&in.tagging_directive, "x-amz-tagging-directive"}})
      if (*directive && **directive != "COPY" && **directive != "REPLACE")
        return s3::invalid_argument(directive == &in.metadata_directive
                                        ? "Unknown metadata directive."
                                        : "Unknown tagging directive.",
                                    name, **directive);
    return check_write(in.write);
  }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    Facts out;
    CO_TRY(out.target, object_write_facts(call, in.write));
    CO_TRY(out.source, source_facts(call, in.source));
    if (!out.target.bucket->value.rules().copies_use_bucket_key ||
        !out.source.bucket->value.rules().copies_use_bucket_key)
      out.target.plan.bucket_key = false;
    const SourceFacts& from = out.source;
    CO_TRY(out.source.existing,
           co_await existing_tags(call, from.bucket, from.name.key, from.name.version_id, true));
    if (!replaces_tags(in)) out.target.tags = out.source.existing.tags;
    co_return out;
  }
  static bool replaces_tags(const Input& in) { return in.tagging_directive == "REPLACE"; }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out = write_demands(in.write, facts.target, call);
    out.front().conditions.set("s3:x-amz-copy-source",
                               facts.source.name.bucket + "/" + facts.source.name.key);
    set_if_sent(out.front(), "s3:x-amz-metadata-directive", in.metadata_directive);
    add_condition_demands(out, in.write.conditions, facts.target.bucket->value, in.write.at.key);
    add_source_demands(out, facts.source);
    if (!replaces_tags(in) && !facts.source.existing.tags.empty())
      out.insert(out.begin() + 1, tags_demand(facts.source));
    return out;
  }
  // Tags are copied by who may read them, and told of to nobody else.
  static Demand tags_demand(const SourceFacts& source) {
    const auto& version_id = source.name.version_id;
    Demand out = on_object(source.bucket->value, source.name.key,
                           version_id ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging");
    set_if_sent(out, "s3:VersionId", version_id);
    source.existing.set(out);
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    const BucketPtr bucket = facts.target.bucket, from = facts.source.bucket;
    const bool by_request = facts.target.plan.by_request;
    const s3::CustomerKeyPtr customer_key = facts.target.plan.customer_key;
    s3::CopyOptions options;
    CO_TRY(options.target, write_options(in->write, std::move(facts.target), call));
    options.source_bucket = from;
    options.source_key = facts.source.name.key;
    CO_TRY(options.source_version, version_in(from->value, facts.source.name.version_id));
    options.source_customer_key = std::move(facts.source.customer_key);
    options.source_judged = facts.source.existing.judged;
    options.replace_tags = replaces_tags(*in);
    options.source_conditions = in->source.conditions.conditions();
    options.replace_metadata = in->metadata_directive == "REPLACE";
    options.storage_class_given = in->write.content.storage_class.has_value();
    CO_TRY(s3::CopyAnswer done,
           co_await call.services.s3->objects().copy(
               call.caller, transport_of(call), std::move(options),
               missing_source(in, facts.source.name.key, facts.source.name.version_id)));
    const s3::Head& head = done.facts.head;
    note_encryption(call, head.envelope, by_request);
    Output out{.version_id = note_version(call, bucket->value, head),
               .source_version_id = source_version(from->value, done.source_version),
               .sse = written_answer(in->write, head.envelope, customer_key),
               .etag = quoted(head.etag),
               .last_modified = {head.modified_ms}};
    show(done.facts.checksum, out.checksum);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, CopyObject);

}  // namespace coffer::api
