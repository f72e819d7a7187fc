// Any family of encryption headers over any bucket default: refused in S3's codes, or a plan that
// says no more than was asked for. Input: the bucket's default in a byte, then a header a line:
// a letter, then its value.
#include "s3/sse/plan.h"

using namespace coffer;
using namespace coffer::s3;

namespace {

void check_plan(const SseRequest& r, const BucketEncryption& bucket, const Plan& p) {
  const bool kms = p.algorithm == Algorithm::kKms || p.algorithm == Algorithm::kKmsDsse;
  CHECK((p.algorithm == Algorithm::kCustomer) == (p.customer_key != nullptr));
  CHECK(kms || (p.context.empty() && !p.bucket_key));
  CHECK(p.algorithm != Algorithm::kKmsDsse || !p.bucket_key);
  CHECK(p.by_request == (r.algorithm || r.customer_key));
  if (p.by_request) {
    CHECK(p.kms_key_id == r.kms_key_id.value_or(""));
  } else {
    CHECK(p.algorithm == bucket.algorithm && p.kms_key_id == bucket.kms_key_id);
    CHECK(!r.kms_key_id && !r.context && !r.bucket_key);
  }
}

// In a directory bucket there is its one key, or none.
void check_in_directory(const SseRequest& r, const BucketEncryption& encryption) {
  Bucket b;
  b.kind = BucketKind::kDirectory;
  b.encryption.algorithm =
      encryption.algorithm == Algorithm::kAes256 ? Algorithm::kAes256 : Algorithm::kKms;
  if (b.encryption.algorithm == Algorithm::kKms || encryption.bucket_key)
    b.life_key_arn = "arn:aws:kms:us-east-1:123456789012:key/k";
  for (const auto& session :
       {std::optional<SessionEncryption>(), std::optional(SessionEncryption{Algorithm::kAes256})}) {
    auto planned = plan(r, b, session);
    if (!planned.ok()) {
      CHECK(planned.error().code == "InvalidRequest");
      continue;
    }
    const bool kms = planned->algorithm == Algorithm::kKms;
    CHECK(kms || planned->algorithm == Algorithm::kAes256);
    CHECK(planned->kms_key_id == (kms ? b.life_key_arn : std::string()));
    CHECK(planned->bucket_key == kms && planned->context.empty() && !r.customer_key);
    CHECK(!session || !kms);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  BucketEncryption bucket;
  static constexpr Algorithm kDefaults[] = {Algorithm::kAes256, Algorithm::kKms,
                                            Algorithm::kKmsDsse};
  bucket.algorithm = kDefaults[data[0] % 3];
  bucket.bucket_key = data[0] & 4;
  if (bucket.algorithm != Algorithm::kAes256 && (data[0] & 8)) bucket.kms_key_id = "alias/own";
  SseRequest request;
  std::optional<std::string> algorithm, md5;
  std::optional<Secret> key;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.empty()) continue;
    std::string value(line.substr(1));
    if (line[0] == 's') request.algorithm = value;
    if (line[0] == 'k') request.kms_key_id = value;
    if (line[0] == 'c') request.context = value;
    if (line[0] == 'b') request.bucket_key = value;
    if (line[0] == 'a') algorithm = value;
    if (line[0] == 'm') md5 = value;
    if (line[0] == 'y') key = Secret::copy_of(value);
  }
  auto customer = parse_customer_key(algorithm, key ? &*key : nullptr, md5);
  if (!customer.ok()) {
    CHECK(customer.error().code == "InvalidArgument" ||
          customer.error().code == "InvalidEncryptionAlgorithmError");
    return 0;
  }
  request.customer_key = *customer;
  CHECK((request.customer_key != nullptr) == (algorithm || key || md5));
  check_in_directory(request, bucket);
  auto planned = plan_in_general(request, bucket);
  if (!planned.ok()) {
    CHECK(planned.error().code == "InvalidArgument");
    return 0;
  }
  check_plan(request, bucket, *planned);
  return 0;
}
