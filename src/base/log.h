#pragma once
// The operator's log: one structured line an event, on standard error. Nothing secret: values pass
// through log_value, which escapes and cuts. Levels can be changed while running.
#include <fmt/format.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace coffer::log {

enum class Level : unsigned char { kDebug, kInfo, kWarn, kError };
struct Field {
  std::string_view name;
  std::string value;
};

void set_level(Level level);
Level level();
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});
inline void debug(std::string_view event, std::initializer_list<Field> f = {}) {
  write(Level::kDebug, event, f);
}
inline void info(std::string_view event, std::initializer_list<Field> f = {}) {
  write(Level::kInfo, event, f);
}
inline void warn(std::string_view event, std::initializer_list<Field> f = {}) {
  write(Level::kWarn, event, f);
}
inline void error(std::string_view event, std::initializer_list<Field> f = {}) {
  write(Level::kError, event, f);
}

}  // namespace coffer::log
