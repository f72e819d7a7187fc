#include "authz/simulation.h"

#include <gtest/gtest.h>

namespace coffer::authz {
namespace {

std::string_view between(std::string_view text, const StatementSpan& span) {
  const auto offset = [&](Position p) {
    size_t at = 0;
    for (int64_t line = 1; line < p.line; ++line) at = text.find('\n', at) + 1;
    return at + static_cast<size_t>(p.column) - 1;
  };
  return text.substr(offset(span.start), offset(span.end) - offset(span.start));
}

TEST(Simulation, FindsStatementsInTheText) {
  const std::string one =
      R"({"Effect":"Allow","Action":["s3:*"],"Resource":"arn:aws:s3:::}],\"{"})";
  const std::string two = R"({ "Sid": "Two", "Effect": "Deny",
      "Action": "s3:*", "Resource": ["*"], "Condition": {"StringEquals": {"s3:prefix": "\\"}}})";
  const std::string list = "{\n \"Id\" : \"[{\", \"Version\":\"2012-10-17\",\"Statement\":[" + one +
                           ",\n\t" + two + "] }";
  ASSERT_TRUE(Policy::parse(list, PolicyKind::kSession).ok());
  EXPECT_EQ(between(list, *statement_span(list, 0)), one);
  EXPECT_EQ(between(list, *statement_span(list, 1)), "\n\t" + two);
  EXPECT_FALSE(statement_span(list, 2));

  const std::string single = "{\"Statement\": " + one + ", \"Version\":\"2012-10-17\"}";
  EXPECT_EQ(between(single, *statement_span(single, 0)), " " + one);
  EXPECT_FALSE(statement_span(single, 1));
  for (std::string_view broken : {"", "{", "{\"Statement\"", "{\"Statement\":[", "[]", "{\"a\":\"",
                                  "{\"a\":\"\\", "{\"Statement\":[{\"a\\"})
    statement_span(broken, 3);
}

TEST(Simulation, KeysOfConditionsAndVariables) {
  auto policy = Policy::parse(
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:PrincipalTag/x}/${aws:username}",
          "Condition":{"StringLike":{"s3:prefix":["${aws:username}/*","${*}"]},"Null":{"aws:TokenIssueTime":"true"}}}]})",
      PolicyKind::kIdentity);
  ASSERT_TRUE(policy.ok());
  EXPECT_EQ(context_keys({policy->get()}),
            (std::vector<std::string>{"aws:TokenIssueTime", "aws:principaltag/x", "aws:username",
                                      "s3:prefix"}));
}

}  // namespace
}  // namespace coffer::authz
