#pragma once
// The directory bucket's session behind a call.
#include "api/call.h"
#include "iam/bucket_session.h"

namespace coffer::api {

// bucket_session answers the session that the caller's credentials are; null: they are its own.
const iam::BucketSession* bucket_session(const Call& call);

}  // namespace coffer::api
