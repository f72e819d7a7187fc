#pragma once
// A checkpoint as it is kept elsewhere: one JSON document, signed by the key that signs digests.
// docs/formats/audit.md has its members and the text that is signed.
#include "audit/trail_keys.h"

namespace coffer::audit {

// sign_checkpoint answers the document; `checkpoint` without a time gets the present one.
Task<Result<std::string>> sign_checkpoint(TrailKeys& keys, Checkpoint checkpoint);
// open_checkpoint's error (InvalidCheckpoint) is a sentence: it is none, or nobody here signed it.
Result<Checkpoint> open_checkpoint(const TrailKeys& keys, std::string_view document);

}  // namespace coffer::audit
