#include "base/fault.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/encoding.h"

namespace coffer::fault {
namespace {

struct Point {
  std::string name;
  Action action;
  uint64_t passings_left;
  bool lasting;  // at every passing from then on
};

std::atomic<bool> armed{false};
std::mutex mutex;

std::vector<Point>& points() {
  static std::vector<Point>& points = *new std::vector<Point>;
  return points;
}

Point parse_point(std::string_view text) {
  size_t equals = text.find('=');
  CHECK(equals != std::string_view::npos && equals > 0);
  std::string_view action = text.substr(equals + 1);
  uint64_t passing = 1;
  const bool lasting = action.ends_with('+');
  if (lasting) action.remove_suffix(1);
  if (size_t at = action.find('@'); at != std::string_view::npos) {
    auto n = parse_uint(action.substr(at + 1));
    CHECK(n && *n > 0);
    passing = *n;
    action = action.substr(0, at);
  }
  CHECK(action == "error" || action == "kill");
  return {std::string(text.substr(0, equals)), action == "error" ? Action::kError : Action::kKill,
          passing, lasting};
}

}  // namespace

void arm(std::string_view spec) {
  std::vector<Point> parsed;
  while (!spec.empty()) {
    size_t comma = std::min(spec.find(','), spec.size());
    parsed.push_back(parse_point(trim(spec.substr(0, comma))));
    spec.remove_prefix(std::min(comma + 1, spec.size()));
  }
  std::lock_guard lock(mutex);
  points() = std::move(parsed);
  armed.store(!points().empty(), std::memory_order_release);
}

void disarm() { arm(""); }

Action hit(std::string_view name) {
  if (!armed.load(std::memory_order_relaxed)) [[likely]]
    return Action::kNone;
  std::lock_guard lock(mutex);
  Action action = Action::kNone;
  for (auto& point : points()) {
    if (point.name != name) continue;
    if (point.passings_left == 0) {
      if (point.lasting) action = point.action;
    } else if (--point.passings_left == 0) {
      action = point.action;
    }
  }
  if (action == Action::kKill) {
    ::kill(::getpid(), SIGKILL);  // as a power cut would: no destructor, no flush
    for (;;) ::pause();
  }
  return action;
}

bool failed(std::string_view name) { return hit(name) == Action::kError; }

}  // namespace coffer::fault
