#pragma once
// PayloadBody is the body of a request behind its encodings: aws-chunked taken off, chunk
// signatures, the signed hash and the announced length verified. Its reader sees the end only after
// every check. Source: spec/s3.md sections 1 and A.15; spec/kms-iam-sts-cloudtrail.md section E.3.
#include "api/call.h"
#include "crypto/digest.h"
#include "protocol/aws_chunked.h"

namespace coffer::api {

// PayloadPlan is what the head of the request says of its body.
struct PayloadPlan {
  protocol::PayloadMode mode = protocol::PayloadMode::kUnsigned;
  std::string sha256_hex;  // kSigned
  std::optional<uint64_t> decoded_length;
  std::string announced_trailer;
  std::shared_ptr<const Secret> signing_key;  // signed chunks
  protocol::SignedRequest seed;               // the same

  bool encoded() const {
    return mode != protocol::PayloadMode::kSigned && mode != protocol::PayloadMode::kUnsigned;
  }
};

// plan_payload reads the headers. `signature`: null where the request is anonymous. Errors:
// InvalidArgument, InvalidRequest.
Result<PayloadPlan> plan_payload(const net::Request& request,
                                 const protocol::SignedRequest* signature,
                                 std::shared_ptr<const Secret> signing_key);

// announces_body tells whether the request has a body at all.
bool announces_body(const net::Request& request);

class PayloadBody final : public ObjectBody {
 public:
  // `source` outlives this.
  PayloadBody(net::BodySource& source, PayloadPlan plan);

  // read: errors beside the source's: XAmzContentSHA256Mismatch, IncompleteBody,
  // SignatureDoesNotMatch, InvalidRequest, MalformedTrailerError.
  Task<Result<size_t>> read(MutableBytes out) override;
  std::optional<uint64_t> length() const override;
  std::optional<uint64_t> decoded_length() const override { return plan_.decoded_length; }
  std::optional<std::string> trailer(std::string_view name) const override;
  std::string announced_trailer() const override { return plan_.announced_trailer; }

 private:
  Task<Result<size_t>> read_encoded(MutableBytes out);
  Status at_end();
  Result<size_t> account(size_t n);

  net::BodySource& source_;
  const PayloadPlan plan_;
  std::optional<crypto::Digest> digest_;          // kSigned
  std::optional<protocol::ChunkDecoder> chunks_;  // encoded
  Bytes raw_, decoded_;                           // encoded: from the source; not handed out yet
  size_t given_ = 0;                              // of decoded_
  uint64_t total_ = 0;
  bool ended_ = false;
};

}  // namespace coffer::api
