#include "authz/matcher.h"

#include <gtest/gtest.h>

#include "authz/engine.h"
#include "authz/policy.h"
#include "base/clock.h"

namespace coffer::authz {
namespace {

std::string compiled(const std::string& text) {
  return Pattern::compile(text, {.wildcards = true})->compiled();
}

// simple_match is what wildcard_match must answer: it tries everything.
bool simple_match(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == kAnyRun)
    return simple_match(pattern.substr(1), text) ||
           (!text.empty() && simple_match(pattern, text.substr(1)));
  if (text.empty()) return false;
  if (pattern[0] != kAnyChar)
    return pattern[0] == text[0] && simple_match(pattern.substr(1), text.substr(1));
  size_t next = 1;
  while (next < text.size() && (static_cast<uint8_t>(text[next]) & 0xc0) == 0x80) ++next;
  return simple_match(pattern.substr(1), text.substr(next));
}

TEST(Matcher, AgreesWithTheSimpleOne) {
  uint32_t state = 1;
  auto draw = [&](uint32_t n) { return (state = state * 1664525 + 1013904223) / 65536 % n; };
  const std::string_view elements[] = {"a", "b", "\xc3\xa4", "*", "?"};
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern, text;
    for (uint32_t n = draw(8); n > 0; --n) pattern += elements[draw(5)];
    for (uint32_t n = draw(9); n > 0; --n) text += elements[draw(3)];
    pattern = compiled(pattern);
    EXPECT_EQ(wildcard_match(pattern, text), simple_match(pattern, text)) << pattern << " " << text;
  }
  const std::string wide = std::string(70, 'a') + "?" + std::string(70, 'b');
  EXPECT_TRUE(wildcard_match(compiled("*" + wide + "*"),
                             std::string(90, 'a') + "\xc3\xa4" + std::string(90, 'b')));
  EXPECT_FALSE(wildcard_match(compiled("*" + wide + "*"), std::string(90, 'a') + "bb"));
}

TEST(Matcher, OneLongSegmentDoesNotMultiply) {
  const std::string text(1'000'000, 'a');
  const int64_t before = Clock::monotonic_ms();
  EXPECT_FALSE(wildcard_match(compiled("*" + std::string(2000, 'a') + "b*"), text));
  EXPECT_FALSE(wildcard_match(compiled("*?" + std::string(2000, 'a') + "b*"), text));
  EXPECT_LT(Clock::monotonic_ms() - before, 2000);
}

Decision with_user_agent(const std::string& effect, const std::string& op, size_t bytes) {
  const std::string text =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"%}]})";
  const std::string condition = R"("Condition":{")" + op + R"(":{"aws:UserAgent":"*x*"}})";
  std::string document = text;
  document.replace(document.find('%'), 1,
                   effect == "Allow"
                       ? "," + condition
                       : R"(},{"Effect":"Deny","Action":"s3:*","Resource":"*",)" + condition);
  RequestContext context;
  context.principal = Principal::root("111111111111");
  context.principal.type = PrincipalType::kUser;
  context.user_agent = std::string(bytes, op == "StringLike" ? 'y' : 'x');
  context.policies.identity.push_back({"p", *Policy::parse(document, PolicyKind::kIdentity)});
  return decide(context, {.action = "s3:GetObject",
                          .resource = "arn:aws:s3:::b/k",
                          .resource_account = "111111111111"});
}

TEST(Conditions, OverLongValuesNeverHelpTheCaller) {
  EXPECT_TRUE(with_user_agent("Deny", "StringLike", kValueBytesMax).allowed);
  EXPECT_TRUE(with_user_agent("Deny", "StringLike", kValueBytesMax + 1).explicit_deny);
  EXPECT_TRUE(with_user_agent("Deny", "StringNotLike", kValueBytesMax).allowed);
  EXPECT_TRUE(with_user_agent("Deny", "StringNotLike", kValueBytesMax + 1).explicit_deny);
  EXPECT_FALSE(with_user_agent("Allow", "StringLike", kValueBytesMax + 1).allowed);
  EXPECT_FALSE(with_user_agent("Allow", "StringNotLike", kValueBytesMax + 1).allowed);
}

TEST(Conditions, OverLongPatternsAreMalformed) {
  auto parse = [](size_t bytes) {
    return Policy::parse(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:UserAgent":")" +
            std::string(bytes, 'a') + R"("}}}]})",
        PolicyKind::kIdentity);
  };
  EXPECT_TRUE(parse(kPatternBytesMax).ok());
  EXPECT_FALSE(parse(kPatternBytesMax + 1).ok());
}

}  // namespace
}  // namespace coffer::authz
