#include "protocol/constraints.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "protocol/secret_access.h"

namespace coffer::protocol {
namespace {

constexpr size_t kSentencesMax = 100;
constexpr double kEpochSecondsMax = 253402300800;  // the year 10000

size_t characters(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  return count;
}

size_t length_of(const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kString:
      return characters(*static_cast<const std::string*>(value));
    case Kind::kBlob:
      return static_cast<const Blob*>(value)->bytes.size();
    case Kind::kSecret:
      return static_cast<const Secret*>(value)->size();
    case Kind::kList:
      return type.size(value);
    case Kind::kStringMap:
      return static_cast<const std::map<std::string, std::string>*>(value)->size();
    case Kind::kIntMap:
      return static_cast<const std::map<std::string, int64_t>*>(value)->size();
    default:
      return 0;
  }
}

// shown prints a text or a list of texts as AWS does; of anything else it shows nothing.
std::optional<std::string> shown(const TypeInfo& type, const void* value) {
  if (type.kind == Kind::kString) return *static_cast<const std::string*>(value);
  if (type.kind != Kind::kList || type.element->kind != Kind::kString || type.element->optional)
    return std::nullopt;
  std::string out;
  for (size_t i = 0; i < type.size(value); ++i) {
    if (i > 0) out += ", ";
    out += *static_cast<const std::string*>(type.at(value, i));
  }
  return "[" + out + "]";
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<int64_t> parse_int(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<UnixMs> parse_time(std::string_view text) {
  if (auto t = parse_iso8601(text)) return t;
  if (auto t = parse_http_date(text)) return t;
  auto seconds = parse_double(text);
  if (!seconds || std::abs(*seconds) >= kEpochSecondsMax) return std::nullopt;
  return std::llround(*seconds * 1000);
}

}  // namespace

std::string member_path(std::string_view parent, std::string_view name) {
  std::string out(parent);
  if (!out.empty()) out += '.';
  if (!name.empty()) out += lower(name.substr(0, 1));
  if (!name.empty()) out += name.substr(1);
  return out;
}

void Violations::add(std::optional<std::string_view> value, std::string_view path,
                     std::string_view must) {
  if (sentences_.size() == kSentencesMax) return;
  sentences_.push_back(
      value
          ? fmt::format("Value '{}' at '{}' failed to satisfy constraint: Member must {}", *value,
                        path, must)
          : fmt::format("Value at '{}' failed to satisfy constraint: Member must {}", path, must));
}

void Violations::missing(std::string_view path) {
  if (sentences_.size() == kSentencesMax) return;
  sentences_.push_back(fmt::format(
      "Value null at '{}' failed to satisfy constraint: Member must not be null", path));
}

void Violations::check_enum(const FieldInfo& field, std::string_view text, std::string_view path) {
  std::string_view values = field.options.values;
  if (values.empty()) return;
  std::string listed;
  for (size_t at = 0; at <= values.size();) {
    size_t end = std::min(values.find('|', at), values.size());
    std::string_view one = values.substr(at, end - at);
    if (one == text) return;
    if (!listed.empty()) listed += ", ";
    listed += one;
    at = end + 1;
  }
  std::optional<std::string_view> shown;
  if (!field.options.sensitive) shown = text;
  add(shown, path, "satisfy enum value set: [" + listed + "]");
}

void Violations::check_length(const FieldInfo& field, const TypeInfo& type, const void* value,
                              std::string_view path) {
  auto size = static_cast<int64_t>(length_of(type, value));
  if (size <= field.options.max && size >= field.options.min) return;
  std::optional<std::string> text;
  if (!field.options.sensitive) text = shown(type, value);
  bool over = size > field.options.max;
  add(text, path,
      fmt::format("have length {} than or equal to {}", over ? "less" : "greater",
                  over ? field.options.max : field.options.min));
}

void Violations::check_number(const FieldInfo& field, std::string_view shown, double value,
                              std::string_view path) {
  std::optional<std::string_view> text;
  if (!field.options.sensitive) text = shown;
  if (field.options.max != INT64_MAX && value > static_cast<double>(field.options.max))
    add(text, path, fmt::format("have value less than or equal to {}", field.options.max));
  if (field.options.min != INT64_MIN && value < static_cast<double>(field.options.min))
    add(text, path, fmt::format("have value greater than or equal to {}", field.options.min));
}

void Violations::check(const FieldInfo& field, const TypeInfo& type, const void* value,
                       std::string_view path) {
  switch (type.kind) {
    case Kind::kInt: {
      int64_t number = *static_cast<const int64_t*>(value);
      return check_number(field, std::to_string(number), static_cast<double>(number), path);
    }
    case Kind::kDouble: {
      double number = *static_cast<const double*>(value);
      return check_number(field, fmt::format("{}", number), number, path);
    }
    case Kind::kBool:
    case Kind::kTimestamp:
    case Kind::kStruct:
      return;
    case Kind::kString:
      check_enum(field, *static_cast<const std::string*>(value), path);
      return check_length(field, type, value, path);
    default:
      return check_length(field, type, value, path);
  }
}

void Violations::check_item(const FieldInfo& field, const TypeInfo& type, const void* value,
                            std::string_view path) {
  if (type.kind == Kind::kString) check_enum(field, *static_cast<const std::string*>(value), path);
}

Error Violations::error(ConstraintStyle style) const {
  std::string text = fmt::format("{} validation error{} detected: {}", sentences_.size(),
                                 sentences_.size() == 1 ? "" : "s", fmt::join(sentences_, "; "));
  if (style == ConstraintStyle::kS3) return {"InvalidArgument", std::move(text)};
  return {style == ConstraintStyle::kJson ? "ValidationException" : "ValidationError",
          std::move(text)};
}

Error constraint_error(ConstraintStyle style, std::optional<std::string_view> value,
                       std::string_view member, std::string_view must) {
  Violations one;
  one.add(value, member, must);
  return one.error(style);
}

bool scalar_from_text(Kind kind, std::string_view text, void* into) {
  switch (kind) {
    case Kind::kString:
      static_cast<std::string*>(into)->assign(text);
      return true;
    case Kind::kSecret:
      if (text.size() > (1 << 20)) return false;
      *static_cast<Secret*>(into) = Secret::copy_of(text);
      return true;
    case Kind::kBool: {
      bool yes = iequals(trim(text), "true");
      *static_cast<bool*>(into) = yes;
      return yes || iequals(trim(text), "false");
    }
    case Kind::kInt: {
      auto value = parse_int(trim(text));
      if (value) *static_cast<int64_t*>(into) = *value;
      return value.has_value();
    }
    case Kind::kDouble: {
      auto value = parse_double(trim(text));
      if (value) *static_cast<double*>(into) = *value;
      return value.has_value();
    }
    case Kind::kTimestamp: {
      auto value = parse_time(trim(text));
      if (value) static_cast<Timestamp*>(into)->ms = *value;
      return value.has_value();
    }
    case Kind::kBlob: {
      auto value = unbase64(trim(text));
      if (value) static_cast<Blob*>(into)->bytes = std::move(*value);
      return value.has_value();
    }
    default:
      return false;
  }
}

void append_wiped(Bytes& out, ByteView piece) {
  if (out.capacity() - out.size() < piece.size()) {
    Bytes larger;
    larger.reserve(std::max(out.capacity() * 2, out.size() + piece.size()));
    larger.append(out);
    wipe(out.data(), out.size());
    out = std::move(larger);
  }
  out.append(piece);
}

void append_scalar(Bytes& out, Kind kind, const void* value, TimeForm form) {
  switch (kind) {
    case Kind::kString:
      return append_wiped(out, *static_cast<const std::string*>(value));
    case Kind::kSecret:
      return append_wiped(out, static_cast<const Secret*>(value)->reveal(ResponseAccess::get()));
    case Kind::kBool:
      return append_wiped(out, *static_cast<const bool*>(value) ? "true" : "false");
    case Kind::kInt:
      return append_wiped(out, std::to_string(*static_cast<const int64_t*>(value)));
    case Kind::kDouble:
      return append_wiped(out, fmt::format("{}", *static_cast<const double*>(value)));
    case Kind::kBlob:
      return append_wiped(out, base64(static_cast<const Blob*>(value)->bytes));
    case Kind::kTimestamp: {
      UnixMs t = static_cast<const Timestamp*>(value)->ms;
      return append_wiped(out, form == TimeForm::kHttpDate    ? http_date(t)
                               : form == TimeForm::kIso8601Ms ? iso8601_ms(t)
                                                              : iso8601(t));
    }
    default:
      return;
  }
}

}  // namespace coffer::protocol
