#pragma once
// Directories that a crash does not take back. Both answer errno, 0 for success.
#include <sys/types.h>

#include <string>

namespace coffer {

// sync_directory makes the names in `directory` durable.
int sync_directory(const std::string& directory);

// make_directories makes `directory` and its parents where they are missing, each with `mode`, and
// syncs the parent of each that it makes: what is synced in a directory is lost all the same where
// the directory's own name is not durable.
int make_directories(const std::string& directory, mode_t mode);

}  // namespace coffer
