#pragma once
// Bodies that fit into memory: read within the operation's bound, every announced check done.
#include "api/object_body.h"

namespace coffer::api {

struct BufferedRules {
  size_t bytes_max = 0;
  bool checksum_required = false;   // Content-MD5 or an x-amz-checksum-* header or trailer
  bool checksum_of_object = false;  // x-amz-checksum-* is not this body's
};

// read_all reads a body that no encoding covers (awsJson, awsQuery). Error: RequestEntityTooLarge.
Task<Result<Bytes>> read_all(const net::Request& request, net::BodySource& source, size_t bytes_max);

// read_checked reads a restXml body: its encoding taken off, its hash, Content-MD5 and checksum verified. Errors: those of PayloadBody,
// MaxMessageLengthExceeded, InvalidDigest, BadDigest, InvalidRequest.
Task<Result<Bytes>> read_checked(const net::Request& request, net::BodySource& source, PayloadPlan plan, BufferedRules rules);

}  // namespace coffer::api
