#include "base/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "base/clock.h"
#include "base/encoding.h"

namespace coffer::log {
namespace {

constexpr size_t kValueBytesMax = 2048;  // of one field; a line stays small enough for one write

std::atomic<Level> minimum{Level::kInfo};

std::string_view cut(std::string_view value) {
  if (value.size() <= kValueBytesMax) return value;
  size_t end = kValueBytesMax;
  while (end > kValueBytesMax - 4 && (static_cast<uint8_t>(value[end]) & 0xc0) == 0x80) --end;
  return value.substr(0, end);
}

// log_value appends `value` as a JSON string. No byte of it can end the line, the string, or steer
// a terminal; what is not UTF-8 appears as \xNN text.
void log_value(std::string& out, std::string_view value) {
  std::string_view shown = cut(value);
  const bool utf8 = is_utf8(shown);
  out.push_back('"');
  for (size_t i = 0; i < shown.size(); ++i) {
    auto c = static_cast<uint8_t>(shown[i]);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c < 0x20 || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else if (c < 0x80) {
      out.push_back(static_cast<char>(c));
    } else if (!utf8) {
      fmt::format_to(std::back_inserter(out), "\\\\x{:02x}", c);
    } else if (c == 0xc2 && static_cast<uint8_t>(shown[i + 1]) < 0xa0) {  // C1 controls
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<uint8_t>(shown[++i]));
    } else {
      out.push_back(static_cast<char>(c));
    }
  }
  if (shown.size() < value.size()) out += "...";
  out.push_back('"');
}

}  // namespace

void set_level(Level level) { minimum.store(level, std::memory_order_relaxed); }
Level level() { return minimum.load(std::memory_order_relaxed); }

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < minimum.load(std::memory_order_relaxed)) return;
  static constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warn", "error"};
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":)",
                                 iso8601_ms(Clock().wall_ms()), kNames[static_cast<size_t>(level)]);
  log_value(line, event);
  for (const auto& field : fields) {
    line.push_back(',');
    log_value(line, field.name);
    line.push_back(':');
    log_value(line, field.value);
  }
  line += "}\n";
  // One write a line keeps the lines of several threads apart. A log that cannot be written must
  // not stop the server.
  ssize_t written;
  do {
    written = ::write(STDERR_FILENO, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
}

}  // namespace coffer::log
