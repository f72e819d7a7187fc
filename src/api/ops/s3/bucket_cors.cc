// GetBucketCors, PutBucketCors and DeleteBucketCors: which pages of other origins a browser lets
// use the bucket (api/cors.cc applies it). Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html and its like.
#include <algorithm>

#include "api/ops/s3/configurations.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

constexpr size_t kRulesMax = 100;
constexpr std::string_view kMethodNames[] = {"GET", "PUT", "POST", "DELETE", "HEAD"};

struct Rule {
  std::optional<std::string> id;
  std::vector<std::string> headers, methods, origins, exposed;
  std::optional<int64_t> max_age_s;
  static constexpr auto shape() {
    return fields(body<&Rule::id>("ID", {.max = 255}),
                  body<&Rule::headers>("AllowedHeader", {.flattened = true}),
                  body<&Rule::methods>("AllowedMethod", {.required = true, .flattened = true}),
                  body<&Rule::origins>("AllowedOrigin", {.required = true, .flattened = true}),
                  body<&Rule::exposed>("ExposeHeader", {.flattened = true}),
                  body<&Rule::max_age_s>("MaxAgeSeconds", {.min = 0, .max = INT32_MAX}));
  }
};
struct Configuration {
  std::vector<Rule> rules;
  static constexpr auto shape() {
    return fields(body<&Configuration::rules>("CORSRule", {.required = true, .flattened = true}));
  }
};

Error invalid(std::string message) { return {"InvalidRequest", std::move(message)}; }

Status check_wildcards(const std::vector<std::string>& list, std::string_view name) {
  for (const std::string& text : list)
    if (std::count(text.begin(), text.end(), '*') > 1)
      return invalid(fmt::format("{} \"{}\" can not have more than one wildcard.", name, text));
  return ok_status();
}

Status check_rule(const Rule& rule) {
  if (rule.methods.empty() || rule.origins.empty()) return s3::malformed_xml();
  for (const std::string& method : rule.methods)
    if (std::find(std::begin(kMethodNames), std::end(kMethodNames), method) ==
        std::end(kMethodNames))
      return invalid(fmt::format(
          "Found unsupported HTTP method in CORS config. Unsupported method is {}", method));
  TRY_OK(check_wildcards(rule.origins, "AllowedOrigin"));
  TRY_OK(check_wildcards(rule.headers, "AllowedHeader"));
  for (const std::string& header : rule.exposed)
    if (header.find('*') != std::string::npos)
      return invalid(
          fmt::format("ExposeHeader \"{}\" contains wildcard. We currently do not "
                      "support wildcard for ExposeHeader.",
                      header));
  return ok_status();
}

struct GetBucketCors : OnBucket<GetBucketCors> {
  using Output = Configuration;
  static constexpr std::string_view kAction = "s3:GetBucketCORS";
  static constexpr OpSpec spec = bucket_read("GetBucketCors", "cors", "CORSConfiguration");
  static constexpr auto input = Input::shape();
  static constexpr auto output = Output::shape();
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    Output out;
    for (const s3::CorsRule& rule : s3::configurations(bucket->value).cors) {
      Rule& shown = out.rules.emplace_back();
      if (!rule.id.empty()) shown.id = rule.id;
      shown.headers = rule.headers;
      shown.methods = rule.methods;
      shown.origins = rule.origins;
      shown.exposed = rule.exposed;
      if (rule.max_age_s) shown.max_age_s = *rule.max_age_s;
    }
    if (out.rules.empty())
      co_return Error{"NoSuchCORSConfiguration", "The CORS configuration does not exist"}.with(
          "BucketName", in->bucket);
    co_return out;
  }
};

struct CorsRequest {
  BucketName at;
  Configuration configuration;
};

struct PutBucketCors : OnBucket<PutBucketCors, CorsRequest> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketCORS";
  static constexpr OpSpec spec = bucket_put("PutBucketCors", "cors");
  static constexpr auto input = fields(
      group<&Input::at>(), payload<&Input::configuration>("CORSConfiguration", {.required = true}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) {
    const auto& rules = in.configuration.rules;
    if (rules.empty() || rules.size() > kRulesMax) return s3::malformed_xml();
    for (const Rule& rule : rules) TRY_OK(check_rule(rule));
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    std::vector<s3::CorsRule> rules;
    for (const Rule& sent : in->configuration.rules) {
      s3::CorsRule& rule = rules.emplace_back();
      rule.id = sent.id.value_or("");
      rule.origins = sent.origins;
      rule.methods = sent.methods;
      rule.headers = sent.headers;
      rule.exposed = sent.exposed;
      if (sent.max_age_s) rule.max_age_s = static_cast<uint32_t>(*sent.max_age_s);
    }
    const auto edit = [&](s3::Configurations& c) {
      c.cors = rules;
      return ok_status();
    };
    CO_TRY_OK(co_await change_configurations(call, bucket, edit));
    co_return Output{};
  }
};

struct DeleteBucketCors : OnBucket<DeleteBucketCors> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketCORS";
  static constexpr OpSpec spec = bucket_delete("DeleteBucketCors", "cors");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();
  static Status clear(s3::Configurations& c) {
    c.cors.clear();
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call& call) {
    CO_TRY_OK(co_await change_configurations(call, bucket, &clear));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketCors);
COFFER_OPERATION(s3, PutBucketCors);
COFFER_OPERATION(s3, DeleteBucketCors);

}  // namespace coffer::api
