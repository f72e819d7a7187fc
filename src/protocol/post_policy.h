#pragma once
// The policy of a POST Object and the signature over it: what a browser's form may say. Pure.
// Source: S3 API Reference, "POST policy", "Authenticating requests in browser-based uploads";
// answers recorded from AWS for the words.
#include "base/clock.h"
#include "protocol/post_form.h"
#include "protocol/sigv4.h"

namespace coffer::protocol {

struct LengthRange {
  uint64_t min = 0, max = UINT64_MAX;
};

// parse_form_signature reads a form's signature of either version; nullopt: the form is anonymous,
// whatever policy it holds. Error: InvalidArgument, a field that belongs to it is missing or no
// credential, date or algorithm.
Result<std::optional<SignedRequest>> parse_form_signature(const FormFields& fields);

class PostPolicy {
 public:
  // parse takes the policy field as sent. Error: InvalidPolicyDocument.
  static Result<PostPolicy> parse(std::string_view field);

  // check holds the form, its variables expanded, against every condition, and every field of the
  // form against the list of those that the policy speaks of; `bucket`, which the URL names, is one
  // of them. Answers what the file's length must be. Error: AccessDenied.
  Result<LengthRange> check(const FormFields& fields, std::string_view bucket, UnixMs now_ms) const;

 private:
  enum class Kind : uint8_t { kEq, kStartsWith, kLengthRange };
  struct Condition {
    Kind kind = Kind::kEq;
    std::string field;  // as the policy spells it, with its '$'
    std::string value;
    std::optional<LengthRange> range;  // nullopt: its bounds are no numbers
    std::string text;                  // as a refusal shows it
  };
  struct Reader;
  static bool holds(const Condition& condition, const FormFields& fields, std::string_view bucket);

  UnixMs expires_ms_ = 0;
  std::vector<Condition> conditions_;
};

}  // namespace coffer::protocol
