#pragma once
// Policy is one policy document, validated and compiled when written. Immutable; safe from any
// thread. Source: IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON
// policy language".
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "authz/context.h"
#include "base/result.h"

namespace coffer::authz {

enum class PolicyKind : uint8_t {
  kIdentity,
  kBoundary,
  kSession,
  kServiceControl,
  kBucket,
  kKey,
  kTrust
};

struct Statement;  // authz/statement.h, the compiled form

class Policy {
 public:
  // parse validates and compiles. `text` is at most 128 KiB here; the services have their own,
  // smaller limits. Errors carry the code of the kind: MalformedPolicyDocument (IAM),
  // MalformedPolicy (S3), MalformedPolicyDocumentException (KMS), with AWS's sentences. A resource
  // policy's resources are checked against `own_arn` where the kind demands it (a bucket policy
  // names its bucket alone: "Policy has invalid resource"; an action of another service: "Policy
  // has invalid action").
  static Result<std::shared_ptr<const Policy>> parse(std::string_view text, PolicyKind kind,
                                                     std::string_view own_arn = {});
  ~Policy();

  PolicyKind kind() const { return kind_; }
  const std::string& text() const { return text_; }  // verbatim
  const std::vector<Statement>& statements() const { return statements_; }

  // principals lists the user and role ARNs that the policy names; a resource policy keeps their
  // unique IDs, so that a principal deleted and made again under its old name inherits nothing.
  // with_bindings answers the same policy with ARN -> unique ID known; an ARN that is not in the
  // map matches by its text alone.
  std::vector<std::string> principals() const;
  std::shared_ptr<const Policy> with_bindings(std::map<std::string, std::string> bindings) const;
  const std::map<std::string, std::string>& bindings() const { return bindings_; }
  // shown is the text as its owner reads it: in place of a bound ARN the entity's present one, or
  // its unique ID where it is gone.
  std::string shown(const PrincipalDirectory& directory) const;
  // grants_public: some Allow statement admits everybody, without a condition that narrows it.
  bool grants_public() const;

 private:
  Policy() = default;
  PolicyKind kind_ = PolicyKind::kIdentity;
  std::string text_;
  std::vector<Statement> statements_;
  std::map<std::string, std::string> bindings_;
};

// bind_principals looks up every principal that the policy names: ARN -> unique ID. Errors: the
// kind's "invalid principal" where one does not exist.
Result<std::map<std::string, std::string>> bind_principals(const Policy& policy,
                                                           const PrincipalDirectory& directory);

}  // namespace coffer::authz
