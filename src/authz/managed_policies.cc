#include "authz/managed_policies.h"

#include <algorithm>

namespace coffer::authz {

namespace {

constexpr std::string_view kCloudTrailFull = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock"],
            "Resource": ["arn:aws:s3:::aws-cloudtrail-logs*"]
        },
        {
            "Effect": "Allow",
            "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:GetBucketPolicy"],
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": "cloudtrail:*",
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": ["iam:ListRoles", "iam:GetRolePolicy", "iam:GetUser"],
            "Resource": "*"
        },
        {
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": "cloudtrail.amazonaws.com"}}
        },
        {
            "Effect": "Allow",
            "Action": ["kms:CreateKey", "kms:CreateAlias", "kms:ListKeys", "kms:ListAliases"],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kCloudTrailReadOnly = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["cloudtrail:Get*", "cloudtrail:Describe*", "cloudtrail:List*", "cloudtrail:LookupEvents"],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kKmsPowerUser = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "kms:CreateAlias",
                "kms:CreateKey",
                "kms:DeleteAlias",
                "kms:Describe*",
                "kms:GenerateRandom",
                "kms:Get*",
                "kms:List*",
                "kms:TagResource",
                "kms:UntagResource",
                "iam:ListGroups",
                "iam:ListRoles",
                "iam:ListUsers"
            ],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kAdministrator = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kS3Full = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:*", "s3-object-lambda:*"],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kS3ReadOnly = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "s3:Get*",
                "s3:List*",
                "s3:Describe*",
                "s3-object-lambda:Get*",
                "s3-object-lambda:List*"
            ],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kIamFull = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:*",
                "organizations:DescribeAccount",
                "organizations:DescribeOrganization",
                "organizations:DescribeOrganizationalUnit",
                "organizations:DescribePolicy",
                "organizations:ListChildren",
                "organizations:ListParents",
                "organizations:ListPoliciesForTarget",
                "organizations:ListRoots",
                "organizations:ListPolicies",
                "organizations:ListTargetsForPolicy"
            ],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kIamReadOnly = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "iam:GenerateCredentialReport",
                "iam:GenerateServiceLastAccessedDetails",
                "iam:Get*",
                "iam:List*",
                "iam:SimulateCustomPolicy",
                "iam:SimulatePrincipalPolicy"
            ],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kReadOnly = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ReadOnlyActions",
            "Effect": "Allow",
            "Action": [
                "cloudtrail:Describe*",
                "cloudtrail:Get*",
                "cloudtrail:List*",
                "cloudtrail:LookupEvents",
                "iam:Generate*",
                "iam:Get*",
                "iam:List*",
                "iam:Simulate*",
                "kms:Describe*",
                "kms:Get*",
                "kms:List*",
                "organizations:Describe*",
                "organizations:List*",
                "s3:DescribeJob",
                "s3:Get*",
                "s3:List*",
                "s3express:GetBucketPolicy",
                "s3express:GetEncryptionConfiguration",
                "s3express:GetLifecycleConfiguration",
                "s3express:ListAllMyDirectoryBuckets",
                "s3express:ListTagsForResource",
                "sts:GetAccessKeyInfo",
                "sts:GetCallerIdentity",
                "sts:GetSessionToken"
            ],
            "Resource": "*"
        }
    ]
})";

constexpr std::string_view kSecurityAudit = R"({
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "BaseSecurityAuditStatement",
            "Effect": "Allow",
            "Action": [
                "cloudtrail:DescribeTrails",
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetInsightSelectors",
                "cloudtrail:GetTrail",
                "cloudtrail:GetTrailStatus",
                "cloudtrail:ListTags",
                "cloudtrail:ListTrails",
                "cloudtrail:LookupEvents",
                "iam:GenerateCredentialReport",
                "iam:GenerateServiceLastAccessedDetails",
                "iam:Get*",
                "iam:List*",
                "iam:SimulateCustomPolicy",
                "iam:SimulatePrincipalPolicy",
                "kms:Describe*",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:List*",
                "organizations:Describe*",
                "organizations:List*",
                "s3:GetAccelerateConfiguration",
                "s3:GetAccountPublicAccessBlock",
                "s3:GetAnalyticsConfiguration",
                "s3:GetBucket*",
                "s3:GetEncryptionConfiguration",
                "s3:GetInventoryConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:GetMetricsConfiguration",
                "s3:GetObjectAcl",
                "s3:GetObjectVersionAcl",
                "s3:GetReplicationConfiguration",
                "s3:ListAccessPoints",
                "s3:ListAllMyBuckets",
                "s3express:GetBucketPolicy",
                "s3express:GetEncryptionConfiguration",
                "s3express:ListAllMyDirectoryBuckets"
            ],
            "Resource": "*"
        }
    ]
})";

}  // namespace

const std::vector<ManagedPolicy>& managed_policies() {
  static const std::vector<ManagedPolicy> kPolicies{
      {"arn:aws:iam::aws:policy/AWSCloudTrail_FullAccess", "AWSCloudTrail_FullAccess", "/",
       "Provides full access to AWS CloudTrail.", kCloudTrailFull},
      {"arn:aws:iam::aws:policy/AWSCloudTrail_ReadOnlyAccess", "AWSCloudTrail_ReadOnlyAccess", "/",
       "Provides read only access to AWS CloudTrail.", kCloudTrailReadOnly},
      {"arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser",
       "AWSKeyManagementServicePowerUser", "/",
       "Provides access to AWS Key Management Service (KMS).", kKmsPowerUser},
      {"arn:aws:iam::aws:policy/AdministratorAccess", "AdministratorAccess", "/",
       "Provides full access to AWS services and resources.", kAdministrator},
      {"arn:aws:iam::aws:policy/AmazonS3FullAccess", "AmazonS3FullAccess", "/",
       "Provides full access to all buckets via the AWS Management Console.", kS3Full},
      {"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "AmazonS3ReadOnlyAccess", "/",
       "Provides read only access to all buckets via the AWS Management Console.", kS3ReadOnly},
      {"arn:aws:iam::aws:policy/IAMFullAccess", "IAMFullAccess", "/",
       "Provides full access to IAM via the AWS Management Console.", kIamFull},
      {"arn:aws:iam::aws:policy/IAMReadOnlyAccess", "IAMReadOnlyAccess", "/",
       "Provides read only access to IAM via the AWS Management Console.", kIamReadOnly},
      {"arn:aws:iam::aws:policy/ReadOnlyAccess", "ReadOnlyAccess", "/",
       "Provides read-only access to AWS services and resources.", kReadOnly},
      {"arn:aws:iam::aws:policy/SecurityAudit", "SecurityAudit", "/",
       "The security audit template grants access to read security configuration metadata. It is "
       "useful for software that audits "
       "the configuration of an AWS account.",
       kSecurityAudit},
  };
  return kPolicies;
}

const ManagedPolicy* find_managed_policy(std::string_view arn) {
  const auto& all = managed_policies();
  auto it = std::lower_bound(all.begin(), all.end(), arn,
                             [](const ManagedPolicy& p, std::string_view a) { return p.arn < a; });
  return it != all.end() && it->arn == arn ? &*it : nullptr;
}

}  // namespace coffer::authz
