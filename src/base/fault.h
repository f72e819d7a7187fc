#pragma once
// Fault points are named places where tests make the process fail:
// COFFER_FAULT="segment.fsync=error,commit.before=kill@3". Read once at start, and only where the
// server runs in test mode or a unit test arms them; otherwise a point costs one load.
#include <string_view>

namespace coffer::fault {

enum class Action : unsigned char { kNone, kError, kKill };

// arm takes "name=error|kill[@N[+]]" separated by commas: at the N-th passing, default the first;
// with + also at every later one.
void arm(std::string_view spec);
void disarm();
Action hit(std::string_view name);   // kKill does not return
bool failed(std::string_view name);  // hit() == kError

}  // namespace coffer::fault
