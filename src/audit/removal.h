#pragma once
// Removal is what is on record of log files that were removed because their time was over: from
// where on the log must be whole. docs/formats/audit.md has the bytes of DIR/audit/removed.
#include "audit/log_file.h"

namespace coffer::audit {

struct Removal {
  Id128 log{};
  uint64_t first_sequence = 1;  // of the first record that is kept
  Hash256 previous{};           // the hash that the first kept file must follow
};

Bytes encode_removal(const Removal& removal, const seal::DomainKeys& keys);
Result<Removal> decode_removal(ByteView bytes, const seal::DomainKeys& keys);

// read_removal answers what is on record in `dir`; nullopt: nothing was ever removed.
Result<std::optional<Removal>> read_removal(const std::string& dir, const seal::DomainKeys& keys);
// write_removal is durable when it answers.
Status write_removal(const std::string& dir, const Removal& removal, const seal::DomainKeys& keys);

}  // namespace coffer::audit
