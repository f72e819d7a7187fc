#pragma once
// Small files of the server's own: certificates, credentials. Blocking: start-up and the work pool
// only. Errors are sentences for the operator.
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace coffer::server {

Result<std::string> read_file(const std::string& path);  // at most 1 MiB
// write_file replaces the file as a whole; nobody sees it under a wider mode.
Status write_file(const std::string& path, ByteView content, unsigned mode);
Status make_directory(const std::string& path, unsigned mode);

}  // namespace coffer::server
