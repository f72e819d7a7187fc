#pragma once
// The compiled form of a policy's statements. Made by Policy::parse, read by the engine; immutable.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "authz/facts.h"
#include "authz/matcher.h"

namespace coffer::authz {

// PrincipalPattern is one value of Principal or NotPrincipal.
struct PrincipalPattern {
  enum class Kind : uint8_t {
    kAnyone,
    kAccount,
    kUser,
    kRole,
    kSession,
    kFederatedUser,
    kUniqueId,
    kService,
    kProvider,
    kCanonical
  };
  Kind kind = Kind::kAnyone;
  std::string text;       // as written
  std::string account;    // of the ARN, or the account itself
  std::string unique_id;  // of a bound user or role: then the text no longer counts
};

// ResourcePattern matches an ARN: the first five fields one by one, the sixth as a whole, colons
// and slashes included.
struct ResourcePattern {
  std::string head;             // the first five fields with their colons; no wildcard among them
  std::vector<Pattern> fields;  // or, where there is one, the five fields
  Pattern tail;
  bool any = false;  // "*"
};

struct Cidr {
  std::array<uint8_t, 16> address{};  // IPv4 in its IPv4-mapped form
  uint8_t prefix_bits = 128;          // of the 128
};

// Condition is one operator with one key. All conditions of a statement must hold.
struct Condition {
  enum class Family : uint8_t { kString, kNumeric, kDate, kBool, kBinary, kIp, kArn, kNull };
  enum class Compare : uint8_t { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
  enum class Set : uint8_t { kNone, kForAllValues, kForAnyValue };
  Family family = Family::kString;
  Compare compare = Compare::kEqual;
  Set set = Set::kNone;
  bool negated = false;
  bool if_exists = false;
  ConditionKey key;
  std::string key_text;            // as written
  std::vector<Pattern> patterns;   // kString, kBool, kArn
  std::vector<double> numbers;     // kNumeric
  std::vector<UnixMs> dates;       // kDate
  std::vector<std::string> bytes;  // kBinary
  std::vector<Cidr> ranges;        // kIp
  std::vector<bool> absences;      // kNull
};

struct Statement {
  std::string sid;   // empty: none
  size_t index = 0;  // 0-based place in the policy
  bool allow = false;
  bool not_principal = false, not_action = false, not_resource = false;
  std::vector<PrincipalPattern> principals;  // empty in identity policies
  std::vector<Pattern> actions;              // lower case
  std::vector<ResourcePattern> resources;    // empty in trust policies
  std::vector<Condition> conditions;

  std::string id() const { return sid.empty() ? "#" + std::to_string(index) : sid; }
};

}  // namespace coffer::authz
