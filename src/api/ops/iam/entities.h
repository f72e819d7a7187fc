#pragma once
// What IAM's operations share: the entities as they travel, who an operation is about, and what the
// trail keeps of it. Source: IAM API Reference, data types; CloudTrail User Guide, "Logging IAM and
// AWS STS API calls".
#include "api/op.h"
#include "iam/iam.h"

namespace coffer::api::iam_ops {

using protocol::Timestamp;

constexpr uint32_t kDocumentBodyMax =
    512 * 1024;  // a policy document of 131,072 characters, percent-encoded
constexpr int64_t kDocumentMax = 131072;

struct TagEntity {
  std::string key, value;
  static constexpr auto shape() {
    return fields(body<&TagEntity::key>("Key", {.min = 1, .max = 128}),
                  body<&TagEntity::value>("Value", {.min = 0, .max = 256}));
  }
};

struct BoundaryEntity {
  std::string type, arn;
  static constexpr auto shape() {
    return fields(body<&BoundaryEntity::type>("PermissionsBoundaryType"),
                  body<&BoundaryEntity::arn>("PermissionsBoundaryArn"));
  }
};

struct UserEntity {
  std::string path;
  std::optional<std::string> user_name;  // the account's root has none
  std::string user_id, arn;
  Timestamp create_date;
  std::optional<BoundaryEntity> boundary;
  std::optional<std::vector<TagEntity>> tags;
  static constexpr auto shape() {
    return fields(body<&UserEntity::path>("Path"), body<&UserEntity::user_name>("UserName"),
                  body<&UserEntity::user_id>("UserId"), body<&UserEntity::arn>("Arn"),
                  body<&UserEntity::create_date>("CreateDate"),
                  body<&UserEntity::boundary>("PermissionsBoundary"),
                  body<&UserEntity::tags>("Tags"));
  }
};

struct PolicyEntity {
  std::string policy_name, policy_id, arn, path, default_version_id;
  int64_t attachment_count = 0, boundary_count = 0;
  bool is_attachable = true;
  std::optional<std::string> description;
  Timestamp create_date, update_date;
  std::optional<std::vector<TagEntity>> tags;
  static constexpr auto shape() {
    return fields(
        body<&PolicyEntity::policy_name>("PolicyName"), body<&PolicyEntity::policy_id>("PolicyId"),
        body<&PolicyEntity::arn>("Arn"), body<&PolicyEntity::path>("Path"),
        body<&PolicyEntity::default_version_id>("DefaultVersionId"),
        body<&PolicyEntity::attachment_count>("AttachmentCount"),
        body<&PolicyEntity::boundary_count>("PermissionsBoundaryUsageCount"),
        body<&PolicyEntity::is_attachable>("IsAttachable"),
        body<&PolicyEntity::description>("Description"),
        body<&PolicyEntity::create_date>("CreateDate"),
        body<&PolicyEntity::update_date>("UpdateDate"), body<&PolicyEntity::tags>("Tags"));
  }
};

struct PolicyVersionEntity {
  std::optional<std::string> document;  // percent-encoded
  std::string version_id;
  bool is_default_version = false;
  Timestamp create_date;
  static constexpr auto shape() {
    return fields(body<&PolicyVersionEntity::document>("Document"),
                  body<&PolicyVersionEntity::version_id>("VersionId"),
                  body<&PolicyVersionEntity::is_default_version>("IsDefaultVersion"),
                  body<&PolicyVersionEntity::create_date>("CreateDate"));
  }
};

// PageIn and PageOut travel as members of the operation itself.
struct PageIn {
  std::optional<std::string> marker;
  std::optional<int64_t> max_items;
  static constexpr auto shape() {
    return fields(body<&PageIn::marker>("Marker", {.min = 1, .max = 4096}),
                  body<&PageIn::max_items>("MaxItems", {.min = 1, .max = 1000}));
  }
  iam::PageRequest request() const { return {marker, max_items}; }
};
struct PageOut {
  bool is_truncated = false;
  std::optional<std::string> marker;
  static constexpr auto shape() {
    return fields(body<&PageOut::is_truncated>("IsTruncated"), body<&PageOut::marker>("Marker"));
  }
  static PageOut after(std::optional<std::string> marker) {
    return {marker.has_value(), std::move(marker)};
  }
};

UserEntity user_entity(const iam::User& user,
                       bool with_details = true);  // lists leave out boundary and tags
PolicyEntity policy_entity(const iam::ManagedPolicyInfo& policy, bool with_details = true);
PolicyVersionEntity version_entity(
    const iam::PolicyVersion& version);  // with the document where there is one
std::vector<iam::Tag> tags_of(const std::vector<TagEntity>& tags);

// Target is the user whom an operation is about. An operation without a user name is about its
// caller.
struct Target {
  std::string account;
  std::string user;  // empty: the account's root
  std::string arn;
  std::vector<iam::Tag> tags;
  std::optional<std::string> boundary;
};
// target_of finds it. Error: ValidationError where a caller that is no user names none.
Result<Target> target_of(const Call& call, const std::optional<std::string>& user_name);

// demand_on is an identity-based demand on something of the caller's own account; demand_on_user
// knows the user's tags, demand_on_permissions, of what changes the user's permissions, the user's
// boundary too (iam:PermissionsBoundary), and demand_on_policy the account that the policy's ARN
// names.
Demand demand_on(const Call& call, std::string action, std::string resource);
Demand demand_on_user(const Call& call, std::string action, const Target& target);
Demand demand_on_permissions(const Call& call, std::string action, const Target& target);
Demand demand_on_policy(const Call& call, std::string action, const std::string& policy_arn);
// policy_arn_for is the ARN that a policy of this name and path will have.
std::string policy_arn_for(const Call& call, const std::optional<std::string>& path,
                           const std::string& name);
// set_request_tags sets aws:RequestTag/KEY and aws:TagKeys.
void set_request_tags(Demand& demand, const std::vector<TagEntity>& tags);

// note adds a request parameter to the record, note_response a response element; what is absent is
// left out.
void note(Call& call, std::string name, const std::string& value);
void note(Call& call, std::string name, const std::optional<std::string>& value);
void note(Call& call, std::string name, const std::optional<int64_t>& value);
void note(Call& call, std::string name, const std::optional<bool>& value);
void note(Call& call, const PageIn& page);
void note(Call& call, const std::vector<TagEntity>& tags);
void note_response(Call& call, const UserEntity& user);
void note_response(Call& call, const PolicyEntity& policy);
void note_response(Call& call, const PolicyVersionEntity& version);
void note_response(Call& call, const iam::AccessKey& key);

}  // namespace coffer::api::iam_ops
