#pragma once
// FormUpload is the form of a POST Object on its way in: its fields, read at once and bounded; what
// they mean as a request; its file, streamed. Source: S3 API Reference, POST Object; spec/s3.md
// A.14.
#include "api/call.h"
#include "protocol/post_policy.h"

namespace coffer::api {

class FormUpload {
 public:
  // read takes the fields off the body, up to the file's content. Errors: PreconditionFailed, it is
  // no form; MissingContentLength; InvalidArgument, another signature stands in the head, a field
  // is missing; MalformedPOSTRequest; MaxPostPreDataLengthExceeded.
  static Task<Result<std::unique_ptr<FormUpload>>> read(const net::Request& request,
                                                        net::BodySource& source);

  const std::optional<protocol::SignedRequest>& signature() const { return signature_; }
  std::string key() const { return decoder_.fields().get("key"); }
  // request is what the fields say, as the headers that a PutObject would have.
  const net::Request& request() const { return request_; }
  // check_policy holds the form against its policy. An anonymous form has none.
  Status check_policy(std::string_view bucket, UnixMs now_ms);

 private:
  friend class FormBody;
  FormUpload(const net::Request& request, const std::string& boundary);
  void make_request(const net::Request& request);

  mutable protocol::FormDecoder decoder_;
  std::optional<protocol::SignedRequest> signature_;
  net::Request request_;
  protocol::LengthRange range_;
  Bytes begun_;            // of the file's content: came with the fields
  uint64_t expected_ = 0;  // of the file's content, where nothing but the form's end follows it
};

// FormBody is the file's content; its end is the next delimiter.
class FormBody final : public ObjectBody {
 public:
  // `source` and `form` outlive this.
  FormBody(net::BodySource& source, FormUpload& form)
      : source_(source), form_(form), content_(std::move(form.begun_)) {}

  // read: errors beside the source's: EntityTooLarge, EntityTooSmall, MalformedPOSTRequest.
  Task<Result<size_t>> read(MutableBytes out) override;
  std::optional<uint64_t> length() const override { return std::nullopt; }
  std::optional<uint64_t> decoded_length() const override { return std::nullopt; }
  std::optional<std::string> trailer(std::string_view name) const override { return std::nullopt; }
  std::string announced_trailer() const override { return {}; }

 private:
  net::BodySource& source_;
  FormUpload& form_;
  Bytes raw_, content_;  // from the source; not handed out yet
  size_t given_ = 0;     // of content_
  uint64_t total_ = 0;
};

}  // namespace coffer::api
