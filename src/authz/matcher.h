#pragma once
// Pattern is one compiled value of a policy: text with wildcards and policy variables.
// Source: IAM User Guide, "IAM policy elements: Variables and tags"; "IAM JSON policy elements:
// Resource".
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "authz/facts.h"

namespace coffer::authz {

// Wildcards inside a compiled pattern. Neither byte occurs in UTF-8, so no literal of a policy is
// taken for one.
inline constexpr char kAnyRun = '\xff';   // '*'
inline constexpr char kAnyChar = '\xfe';  // '?', one code point

// The bounds of what is compared on an event loop. A policy with a longer value is malformed. A
// longer value in a request is never compared: conditions and resources that meet one count as
// matching in a Deny and as not matching in an Allow; a variable with such a value is unresolved.
inline constexpr size_t kPatternBytesMax = 2048;
inline constexpr size_t kValueBytesMax = 8192;

// wildcard_match compares `text` with a compiled pattern, in |text| steps, and |pattern| / 64 times
// as many where a segment between two '*' holds a '?'.
bool wildcard_match(std::string_view pattern, std::string_view text);

enum class Match : uint8_t {
  kNo,
  kYes,
  kUnresolved
};  // kUnresolved: a variable has no single value in this request

struct PatternOptions {
  bool wildcards = false;  // '*' and '?' are wildcards
  bool variables = false;  // ${key}, ${key, 'default'}, ${*}, ${?}, ${$}: policy version 2012-10-17
  bool ignore_case = false;  // ASCII
};

class Pattern {
 public:
  // compile answers nullopt for a broken variable.
  static std::optional<Pattern> compile(std::string_view text, PatternOptions options);

  Match match(std::string_view text, const Facts& facts) const;
  // match_text is match for a pattern without variables; where the pattern ignores case, `text` is
  // in lower case.
  bool match_text(std::string_view text) const;
  // expand answers the compiled pattern with its variables' values put in; a value never acts as a
  // wildcard. nullopt: unresolved. The answer lies in `scratch` or in this pattern.
  std::optional<std::string_view> expand(const Facts& facts, std::string& scratch) const;
  void add_keys(std::set<std::string>& keys) const;  // of its variables, in lower case

  bool is_any() const { return form_ == Form::kAny; }  // "*"
  bool is_fixed() const {
    return form_ == Form::kExact && parts_.empty();
  }  // neither wildcard nor variable
  const std::string& compiled() const { return text_; }  // without variables: the compiled text

 private:
  enum class Form : uint8_t { kExact, kAny, kPrefix, kWild };
  struct Part {
    std::string literal;  // compiled; comes before the variable
    ConditionKey key;     // empty name: no variable follows
    std::optional<std::string> fallback;
  };
  void classify();

  Form form_ = Form::kExact;
  bool ignore_case_ = false;
  std::string text_;         // no variables: the whole pattern
  std::vector<Part> parts_;  // with variables
};

}  // namespace coffer::authz
