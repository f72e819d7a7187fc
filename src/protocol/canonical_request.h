#pragma once
// The canonical request of Signature Version 4: the one text that client and server must agree on
// to the byte. Source: IAM User Guide, "Create a signed AWS API request", step 1; botocore's
// auth.py for what clients really do.
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace coffer::protocol {

// canonical_path_s3 keeps double slashes, dot segments and an encoded slash as sent, and writes
// every byte's encoding in the one canonical way. A '%' that begins no escape stands for itself.
std::string canonical_path_s3(std::string_view raw_path);
// canonical_path_normalized is every other service's: dot segments and double slashes removed, then
// the sent form encoded again.
std::string canonical_path_normalized(std::string_view raw_path);
// canonical_query sorts by encoded name, then value; X-Amz-Signature is left out. '+' reads as a
// space.
std::string canonical_query(std::string_view raw_query);
// canonical_headers has a line a name, in the given order; a header that is missing has an empty
// value.
std::string canonical_headers(const net::Headers& headers, const std::vector<std::string>& names);

}  // namespace coffer::protocol
