#include "api/form_upload.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"

namespace coffer::api {
namespace {

constexpr size_t kFieldsPieceBytes = 4096;
constexpr size_t kContentPieceBytes = 64 * 1024;

// What an object takes from a form by the name that its header has.
constexpr std::string_view kHeaders[] = {"cache-control",
                                         "content-disposition",
                                         "content-encoding",
                                         "content-language",
                                         "content-md5",
                                         "content-type",
                                         "expires",
                                         "redirect",
                                         "success_action_redirect",
                                         "success_action_status",
                                         "tagging"};
// Those of x-amz-* that tell of the form's own signature, or of what no form can be.
constexpr std::string_view kNoHeaders[] = {"x-amz-algorithm",
                                           "x-amz-content-sha256",
                                           "x-amz-credential",
                                           "x-amz-date",
                                           "x-amz-decoded-content-length",
                                           "x-amz-s3session-token",
                                           "x-amz-security-token",
                                           "x-amz-signature",
                                           "x-amz-tagging",
                                           "x-amz-trailer",
                                           "x-amz-write-offset-bytes"};

bool among(std::span<const std::string_view> list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// header_of answers the header that a field stands for; empty: none.
std::string header_of(std::string_view field) {
  if (field == "acl") return "x-amz-acl";
  if (among(kHeaders, field)) return std::string(field);
  const bool amz = field.starts_with("x-amz-") && !field.starts_with("x-amz-copy-source") &&
                   !among(kNoHeaders, field);
  return amz ? std::string(field) : std::string();
}

Error size_error(std::string_view code, std::string_view text, std::string_view bound_name,
                 uint64_t size, uint64_t bound) {
  return Error{std::string(code), fmt::format("Your proposed upload {} allowed size", text)}
      .with("ProposedSize", std::to_string(size))
      .with(std::string(bound_name), std::to_string(bound));
}

Status check_key(const protocol::FormFields& fields) {
  const std::string* key = fields.find("key");
  if (!key)
    return Error{"InvalidArgument",
                 "Bucket POST must contain a field named 'key'.  If it is specified, please check "
                 "the order of the fields."}
        .with("ArgumentName", "key")
        .with("ArgumentValue", "");
  if (key->empty())
    return Error{"InvalidArgument", "User key must have a length greater than 0."}
        .with("ArgumentName", "key")
        .with("ArgumentValue", "");
  return ok_status();
}

}  // namespace

FormUpload::FormUpload(const net::Request& request, const std::string& boundary)
    : decoder_(boundary) {
  request_.method = request.method;
  request_.target = request.target;
  request_.peer = request.peer;
}

void FormUpload::make_request(const net::Request& request) {
  for (std::string_view name : {"host", "user-agent"})
    if (auto value = request.headers.find(name))
      request_.headers.add(std::string(name), std::string(*value));
  for (const protocol::FormField& field : decoder_.fields().list())
    if (std::string name = header_of(field.name); !name.empty())
      request_.headers.add(std::move(name), field.value);
}

Task<Result<std::unique_ptr<FormUpload>>> FormUpload::read(const net::Request& request,
                                                           net::BodySource& source) {
  CO_TRY(const std::string boundary, protocol::form_boundary(request.headers.get("content-type")));
  // That a signature beside the form's own is refused so is (unverified).
  if (protocol::carries_signature(request))
    co_return protocol::two_mechanisms(request.headers.get("authorization"));
  if (!request.content_length)
    co_return Error{"MissingContentLength", "You must provide the Content-Length HTTP header."};
  std::unique_ptr<FormUpload> out(new FormUpload(request, boundary));
  Bytes piece(kFieldsPieceBytes, '\0');
  uint64_t taken = 0;
  while (!out->decoder_.at_file() && !out->decoder_.closed()) {
    CO_TRY(const size_t n, co_await source.read(piece));
    if (n == 0) break;
    taken += n;
    CO_TRY_OK(out->decoder_.feed({piece.data(), n}, out->begun_));
  }
  if (!out->decoder_.at_file()) CO_TRY_OK(out->decoder_.finish());
  // The file ends with a delimiter, two hyphens and, mostly, a line's end.
  const uint64_t ending = out->decoder_.delimiter_bytes() + 4;
  const uint64_t rest = *request.content_length - std::min(taken, *request.content_length) +
                        out->begun_.size() + out->decoder_.held_bytes();
  out->expected_ = rest - std::min(ending, rest);
  protocol::FormFields& fields = out->decoder_.fields();
  CO_TRY_OK(check_key(fields));
  CO_TRY(out->signature_, protocol::parse_form_signature(fields));
  if (out->decoder_.file_name()) CO_TRY_OK(fields.expand(*out->decoder_.file_name()));
  CO_TRY_OK(check_key(fields));
  out->make_request(request);
  co_return std::move(out);
}

Status FormUpload::check_policy(std::string_view bucket, UnixMs now_ms) {
  if (!signature_) return ok_status();
  TRY(const auto policy, protocol::PostPolicy::parse(decoder_.fields().get("policy")));
  TRY(range_, policy.check(decoder_.fields(), bucket, now_ms));
  return ok_status();
}

Task<Result<size_t>> FormBody::read(MutableBytes out) {
  protocol::FormDecoder& decoder = form_.decoder_;
  while (given_ == content_.size() && !decoder.file_ended()) {
    content_.clear();
    given_ = 0;
    if (raw_.empty()) raw_.resize(kContentPieceBytes);
    CO_TRY(const size_t n, co_await source_.read(raw_));
    if (n == 0) CO_TRY_OK(decoder.finish());
    CO_TRY_OK(decoder.feed({raw_.data(), n}, content_));
  }
  const size_t n = std::min(out.size(), content_.size() - given_);
  std::memcpy(out.data(), content_.data() + given_, n);
  given_ += n;
  total_ += n;
  const protocol::LengthRange& range = form_.range_;
  if (total_ > range.max)
    co_return size_error("EntityTooLarge", "exceeds the maximum", "MaxSizeAllowed",
                         std::max(total_, form_.expected_), range.max);
  if (n == 0 && !out.empty() && total_ < range.min)
    co_return size_error("EntityTooSmall", "is smaller than the minimum", "MinSizeAllowed", total_,
                         range.min);
  co_return n;
}

}  // namespace coffer::api
