// awsJson 1.1: JSON documents to structs and back.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "protocol/codec.h"
#include "protocol/constraints.h"
#include "protocol/secret_access.h"

namespace coffer::protocol {
namespace {

using Json = nlohmann::json;

Error serialization(std::string text) { return {"SerializationException", std::move(text)}; }

std::string_view type_name(Json::value_t type) {
  switch (type) {
    case Json::value_t::boolean:
      return "TRUE_VALUE";
    case Json::value_t::string:
      return "STRING_VALUE";
    case Json::value_t::object:
      return "START_OBJECT";
    case Json::value_t::array:
      return "START_ARRAY";
    case Json::value_t::null:
      return "NULL_VALUE";
    case Json::value_t::number_float:
      return "DECIMAL_VALUE";
    default:
      return "NUMBER_VALUE";
  }
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kString:
      return "String";
    case Kind::kBool:
      return "Boolean";
    case Kind::kInt:
      return "Integer";
    case Kind::kDouble:
      return "Double";
    case Kind::kTimestamp:
      return "Timestamp";
    default:
      return "Blob";
  }
}

Error wrong_type(const Json& value, Kind kind) {
  if (value.is_object())
    return serialization("Start of structure or map found where not expected.");
  if (value.is_array()) return serialization("Start of list found where not expected");
  if (kind == Kind::kStruct || kind == Kind::kStringMap || kind == Kind::kIntMap)
    return serialization("Expected a structure or map");
  if (kind == Kind::kList) return serialization("Expected list or null");
  return serialization(fmt::format("{} can not be converted to {} {}", type_name(value.type()),
                                   kind == Kind::kInt ? "an" : "a", kind_name(kind)));
}

// depth_ok counts brackets outside strings, so that no deep document is ever built.
bool depth_ok(ByteView document) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < document.size(); ++i) {
    char c = document[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      if (++depth > kDepthMax) return false;
    } else if (!in_string && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return true;
}

class Decoder {
 public:
  Status structure(Json& object, Shape shape, void* into, const std::string& path) {
    if (!object.is_object()) return wrong_type(object, Kind::kStruct);
    for (const FieldInfo& field : shape) {
      if (field.place == Place::kGroup) {
        TRY_OK(structure(object, field.group(), field.member(into), path));
        continue;
      }
      std::string name = member_path(path, field.name);
      auto it = object.find(field.name);
      if (it == object.end() || it->is_null()) {
        if (field.required) violations_.missing(name);
        continue;
      }
      void* target = field.type->emplace(field.member(into));
      TRY_OK(value(*it, field, *field.type, target, name));
      violations_.check(field, *field.type, target, name);
    }
    return ok_status();
  }
  const Violations& violations() const { return violations_; }

 private:
  Status value(Json& from, const FieldInfo& field, const TypeInfo& type, void* into,
               const std::string& path) {
    switch (type.kind) {
      case Kind::kStruct:
        return structure(from, type.shape(), into, path);
      case Kind::kList:
        return list(from, field, type, into, path);
      case Kind::kStringMap:
      case Kind::kIntMap:
        return map(from, type.kind, into);
      default:
        return scalar(from, type.kind, into);
    }
  }

  Status list(Json& from, const FieldInfo& field, const TypeInfo& type, void* into,
              const std::string& path) {
    if (!from.is_array()) return wrong_type(from, Kind::kList);
    for (size_t i = 0; i < from.size(); ++i) {
      std::string name = fmt::format("{}.{}.member", path, i + 1);
      if (from[i].is_null()) {
        violations_.missing(name);
        continue;
      }
      void* item = type.element->emplace(type.append(into));
      TRY_OK(value(from[i], field, *type.element, item, name));
      violations_.check_item(field, *type.element, item, name);
    }
    return ok_status();
  }

  static Status map(Json& from, Kind kind, void* into) {
    if (!from.is_object()) return wrong_type(from, kind);
    for (auto& [key, item] : from.items()) {
      if (item.is_null()) continue;
      if (kind == Kind::kStringMap) {
        TRY_OK(scalar(item, Kind::kString,
                      &(*static_cast<std::map<std::string, std::string>*>(into))[key]));
      } else {
        TRY_OK(
            scalar(item, Kind::kInt, &(*static_cast<std::map<std::string, int64_t>*>(into))[key]));
      }
    }
    return ok_status();
  }

  static Status scalar(Json& from, Kind kind, void* into) {
    switch (kind) {
      case Kind::kBool:
        if (!from.is_boolean()) return wrong_type(from, kind);
        *static_cast<bool*>(into) = from.get<bool>();
        return ok_status();
      case Kind::kInt:
      case Kind::kDouble:
      case Kind::kTimestamp:
        return number(from, kind, into);
      default:
        return text(from, kind, into);
    }
  }

  static Status number(const Json& from, Kind kind, void* into) {
    if (!from.is_number()) return wrong_type(from, kind);
    auto real = from.get<double>();
    if (kind == Kind::kDouble) {
      *static_cast<double*>(into) = real == 0 ? 0 : real;  // -0 has no form of its own
    } else if (kind == Kind::kTimestamp) {
      if (std::abs(real) > 253402300799.0) return serialization("A timestamp is out of range");
      static_cast<Timestamp*>(into)->ms = std::llround(real * 1000);
    } else {
      bool whole = from.is_number_integer() || (real == std::floor(real) && std::abs(real) < 9e15);
      bool fits = !from.is_number_unsigned() || from.get<uint64_t>() <= INT64_MAX;
      if (!whole || !fits) return wrong_type(from, kind);
      *static_cast<int64_t*>(into) =
          from.is_number_integer() ? from.get<int64_t>() : static_cast<int64_t>(real);
    }
    return ok_status();
  }

  static Status text(Json& from, Kind kind, void* into) {
    if (!from.is_string()) return wrong_type(from, kind);
    auto& sent = from.get_ref<std::string&>();
    if (kind == Kind::kString) {
      *static_cast<std::string*>(into) = std::move(sent);
      return ok_status();
    }
    auto bytes = unbase64(sent);
    if (kind == Kind::kSecret) wipe(sent);
    if (!bytes) return serialization("A blob is not valid base64");
    if (kind == Kind::kBlob) {
      static_cast<Blob*>(into)->bytes = std::move(*bytes);
      return ok_status();
    }
    bool fits = bytes->size() <= (1 << 20);
    if (fits) *static_cast<Secret*>(into) = Secret::copy_of(*bytes);
    wipe(*bytes);
    return fits ? ok_status() : Status(serialization("A blob is too long"));
  }

  Violations violations_;
};

// ---- Encoding.

void put_string(Bytes& out, std::string_view text) {
  append_wiped(out, Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace));
}

void put_value(Bytes& out, const TypeInfo& type, const void* value);

void put_members(Bytes& out, Shape shape, const void* from, bool& first) {
  for (const FieldInfo& field : shape) {
    const void* member = field.const_member(from);
    if (field.place == Place::kGroup) {
      put_members(out, field.group(), member, first);
      continue;
    }
    if (!field.type->present(member)) continue;
    if (!first) append_wiped(out, ",");
    first = false;
    put_string(out, field.name);
    append_wiped(out, ":");
    put_value(out, *field.type, field.type->get(member));
  }
}

void put_structure(Bytes& out, Shape shape, const void* from) {
  bool first = true;
  append_wiped(out, "{");
  put_members(out, shape, from, first);
  append_wiped(out, "}");
}

template <class Map, class Put>
void put_map(Bytes& out, const void* value, Put put) {
  append_wiped(out, "{");
  bool first = true;
  for (const auto& [key, item] : *static_cast<const Map*>(value)) {
    if (!first) append_wiped(out, ",");
    first = false;
    put_string(out, key);
    append_wiped(out, ":");
    put(item);
  }
  append_wiped(out, "}");
}

void put_list(Bytes& out, const TypeInfo& type, const void* list) {
  append_wiped(out, "[");
  for (size_t i = 0; i < type.size(list); ++i) {
    if (i > 0) append_wiped(out, ",");
    const void* item = type.at(list, i);
    if (type.element->present(item)) {
      put_value(out, *type.element, type.element->get(item));
    } else {
      append_wiped(out, "null");
    }
  }
  append_wiped(out, "]");
}

void put_seconds(Bytes& out, UnixMs ms) {
  std::string text = fmt::format("{}{}", ms < 0 ? "-" : "", std::abs(ms / 1000));
  if (ms % 1000 != 0) text += fmt::format(".{:03}", std::abs(ms % 1000));
  append_wiped(out, text);
}

void put_value(Bytes& out, const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kStruct:
      return put_structure(out, type.shape(), value);
    case Kind::kList:
      return put_list(out, type, value);
    case Kind::kStringMap:
      return put_map<std::map<std::string, std::string>>(
          out, value, [&](const std::string& v) { put_string(out, v); });
    case Kind::kIntMap:
      return put_map<std::map<std::string, int64_t>>(
          out, value, [&](int64_t v) { append_wiped(out, std::to_string(v)); });
    case Kind::kString:
      return put_string(out, *static_cast<const std::string*>(value));
    case Kind::kTimestamp:
      return put_seconds(out, static_cast<const Timestamp*>(value)->ms);
    case Kind::kSecret: {
      std::string text = base64(static_cast<const Secret*>(value)->reveal(ResponseAccess::get()));
      append_wiped(out, "\"");
      append_wiped(out, text);
      wipe(text);
      return append_wiped(out, "\"");
    }
    case Kind::kBlob:
      append_wiped(out, "\"");
      append_scalar(out, type.kind, value, TimeForm::kIso8601);
      return append_wiped(out, "\"");
    default:
      return append_scalar(out, type.kind, value, TimeForm::kIso8601);
  }
}

}  // namespace

Status decode_json(ByteView document, Shape shape, void* into) {
  if (!depth_ok(document)) return serialization("The document nests too deep");
  Json json = Json::object();
  if (!trim(document).empty()) json = Json::parse(document, nullptr, false);
  if (json.is_discarded()) return serialization("The document is not valid JSON");
  Decoder decoder;
  TRY_OK(decoder.structure(json, shape, into, ""));
  if (!decoder.violations().empty()) return decoder.violations().error(ConstraintStyle::kJson);
  return ok_status();
}

Bytes encode_json(Shape shape, const void* from) {
  Bytes out;
  out.reserve(512);
  put_structure(out, shape, from);
  return out;
}

Bytes encode_json_error(const Error& error) {
  Bytes out = "{\"__type\":";
  put_string(out, error.code);
  if (!error.message.empty()) {
    out += ",\"message\":";
    put_string(out, error.message);
  }
  for (const ErrorDetail& detail : error.details) {
    out += ",";
    put_string(out, detail.name);
    out += ":";
    put_string(out, detail.value);
  }
  return out + "}";
}

}  // namespace coffer::protocol
