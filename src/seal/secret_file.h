#pragma once
// A secret file holds key material: a regular file of ours that nobody else may read. It is
// replaced as a whole, durably, and what it held before is overwritten. Slow: WorkPool or start-up
// only.
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace coffer::seal {

// read_secret_file answers the whole file, at most 64 KiB. Errors, in a sentence for the operator:
// it is missing (RootKeyMissing), not a regular file, of another owner, or open to others.
Result<Secret> read_secret_file(const std::string& path);

// make_secret_file makes the file, and its directory where that is missing. Error: there is one
// already.
Status make_secret_file(const std::string& path, const Secret& content);

// replace_secret_file is atomic: after a crash the file holds the old or the new content. The old
// bytes are overwritten with zeros in place; a file system that copies on write, or a device that
// remaps blocks, may keep them all the same.
Status replace_secret_file(const std::string& path, const Secret& content);

// clear_leftovers ends what a crash interrupted: it overwrites and removes the files beside `path`
// that replacing makes.
Status clear_leftovers(const std::string& path);

}  // namespace coffer::seal
