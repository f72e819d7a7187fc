// PostObject stores the file of a browser's form, at most 5 GiB, encrypted as its fields or the
// bucket say. Fields stand for the headers that PutObject has (api/form_upload.h).
// Source: docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
#include "api/ops/s3/object_write.h"
#include "base/encoding.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

// form_encoded is a query's value: a blank is a plus.
std::string form_encoded(std::string_view text) {
  std::string out = url_encode(text);
  for (size_t at = 0; (at = out.find("%20", at)) != std::string::npos; ++at)
    out.replace(at, 3, "+");
  return out;
}

struct PostObject {
  struct Input {
    ObjectWrite write;
    ChecksumHeaders checksum;
    std::optional<std::string> tagging, success_status, success_redirect, redirect;
  };
  struct Output {
    std::string etag;
    std::string location;
    std::optional<std::string> version_id;
    SseAnswer sse;
    ChecksumAnswer checksum;
    std::optional<Blob> document;
  };
  using Facts = WriteFacts;

  static constexpr OpSpec spec{.service = Service::kS3,
                               .name = "PostObject",
                               .route = {Method::kPost, Scope::kBucket},
                               .status_ok = 204,
                               .streams = Streams::kForm,
                               .data_event = true};
  static constexpr auto input =
      fields(group<&Input::write>(), group<&Input::checksum>(), header<&Input::tagging>("tagging"),
             header<&Input::success_status>("success_action_status"),
             header<&Input::success_redirect>("success_action_redirect"),
             header<&Input::redirect>("redirect"));
  static constexpr auto output =
      fields(header<&Output::etag>("ETag"), header<&Output::location>("Location"),
             header<&Output::version_id>("x-amz-version-id"), group<&Output::sse>(),
             group<&Output::checksum>(), payload<&Output::document>("PostResponse"));

  static Status validate(const Input& in, const Call&) { return check_write(in.write); }
  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    CO_TRY(Facts out, object_write_facts(call, in.write));
    if (in.tagging) {
      CO_TRY(out.tags, parse_tag_document(*in.tagging));
    }
    co_return out;
  }
  static std::vector<Demand> demands(const Input& in, const Facts& facts, const Call& call) {
    std::vector<Demand> out = write_demands(in.write, facts, call);
    add_condition_demands(out, in.write.conditions, facts.bucket->value, in.write.at.key);
    return out;
  }
  // redirect_of answers where the browser goes next; a URL that is none is as good as absent.
  static std::optional<std::string> redirect_of(const Input& in, std::string_view etag) {
    const auto& url = in.success_redirect ? in.success_redirect : in.redirect;
    if (!url || !(url->starts_with("http://") || url->starts_with("https://"))) return std::nullopt;
    return fmt::format(
        "{}{}bucket={}&key={}&etag={}", *url, url->find('?') == std::string::npos ? '?' : '&',
        form_encoded(in.write.at.bucket), form_encoded(in.write.at.key), form_encoded(etag));
  }
  static void answer_as_asked(const Input& in, Output& out, Call& call) {
    if (auto url = redirect_of(in, out.etag)) {
      call.status = 303;
      out.location = std::move(*url);
      return;
    }
    if (in.success_status == "200") call.status = 200;
    if (in.success_status != "201") return;
    call.status = 201;
    out.document = Blob{fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{}</Location>"
        "<Bucket>{}</Bucket><Key>{}</Key><ETag>{}</ETag></PostResponse>",
        protocol::xml_escape(out.location), protocol::xml_escape(in.write.at.bucket),
        protocol::xml_escape(in.write.at.key), protocol::xml_escape(out.etag))};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts facts, Call& call) {
    const bool by_request = facts.plan.by_request;
    const s3::CustomerKeyPtr customer_key = facts.plan.customer_key;
    const BucketPtr bucket = facts.bucket;
    CO_TRY(s3::WriteOptions options, write_options(in->write, std::move(facts), call));
    CO_TRY(options.claims, claims_of(call, in->checksum));
    if (options.claims.algorithm) options.checksum_algorithm.reset();
    CO_TRY(s3::ObjectFacts done, co_await call.services.s3->objects().put(
                                     call.caller, std::move(options), body_source(call), {}));
    note_encryption(call, done.head.envelope, by_request);
    Output out{.etag = quoted(done.head.etag),
               .location = object_url(call, in->write.at.bucket, in->write.at.key),
               .version_id = note_version(call, bucket->value, done.head),
               .sse = written_answer(in->write, done.head.envelope, customer_key)};
    out.sse.service.context.reset();  // a form's answer does not repeat it
    show(done.checksum, out.checksum);
    answer_as_asked(*in, out, call);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(s3, PostObject);

}  // namespace coffer::api
