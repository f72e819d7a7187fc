#pragma once
// Directory buckets as the operations see them: whose session asks, what policies are asked.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3
// Express"; spec/s3.md B.3, C.
#include "api/ops/s3/common.h"
#include "iam/bucket_session.h"

namespace coffer::api::s3_ops {

inline constexpr std::string_view kSessionMode = "s3express:SessionMode";

// on_directory_bucket states what a directory bucket's policies know the action as: one of their
// own control actions, which identity policies alone allow, or a session.
Demand on_directory_bucket(const Bucket& bucket, std::string_view action);

// admit_directory_bucket refuses a session of another bucket of that name, and puts the encryption
// of the session, or of the request, into the context. Error: AccessDenied.
Status admit_directory_bucket(const Call& call, const Bucket& bucket);

// settled_encryption is what the caller's session settled; nullopt: there is no session of a
// bucket, and a request may choose for itself.
std::optional<s3::SessionEncryption> settled_encryption(const Call& call);

// set_session_key tells policies of the KMS key of a session: of `algorithm`, sent or not.
void set_session_key(authz::ConditionValues& conditions, const Bucket& bucket,
                     s3::Algorithm algorithm, bool sent);

}  // namespace coffer::api::s3_ops
