// awsQuery: forms to structs, structs to XML.
#include <fmt/format.h>

#include <set>

#include "base/encoding.h"
#include "protocol/xml_codec.h"

namespace coffer::protocol {
namespace {

using Index = std::map<std::string, std::string_view, std::less<>>;

Error bad_value(std::string_view name) {
  return {"MalformedInput", fmt::format("Invalid value for parameter {}", name)};
}

// At is where in the form a value is: its parameter's name, AWS's path of the member, and how deep.
struct At {
  std::string name, path;
  int depth = 0;
};

class Decoder {
 public:
  explicit Decoder(const Form& form) {
    for (const auto& [name, value] : form) index_.try_emplace(name, value);
  }

  Status structure(const At& at, Shape shape, void* into) {
    if (at.depth > kDepthMax) return bad_value(at.name);
    for (const FieldInfo& field : shape) {
      if (field.place == Place::kGroup) {
        TRY_OK(structure(at, field.group(), field.member(into)));
        continue;
      }
      At inner{fmt::format("{}{}{}", at.name, at.name.empty() ? "" : ".", field.name),
               member_path(at.path, field.name), at.depth};
      if (!present(inner.name)) {
        if (field.required) violations_.missing(inner.path);
        continue;
      }
      void* target = field.type->emplace(field.member(into));
      TRY_OK(value(inner, field, *field.type, target));
      violations_.check(field, *field.type, target, inner.path);
    }
    return ok_status();
  }
  const Violations& violations() const { return violations_; }

 private:
  bool present(const std::string& name) const {
    if (index_.contains(name)) return true;
    auto it = index_.lower_bound(name + ".");
    return it != index_.end() && it->first.starts_with(name + ".");
  }

  // numbers answers which items "name.N" or "name.N.…" a list has, in ascending order.
  std::set<uint64_t> numbers(const std::string& name) const {
    std::set<uint64_t> out;
    std::string prefix = name + ".";
    for (auto it = index_.lower_bound(prefix); it != index_.end() && it->first.starts_with(prefix);
         ++it) {
      std::string_view rest = std::string_view(it->first).substr(prefix.size());
      if (auto n = parse_uint(rest.substr(0, rest.find('.')))) out.insert(*n);
    }
    return out;
  }

  Status value(const At& at, const FieldInfo& field, const TypeInfo& type, void* into) {
    switch (type.kind) {
      case Kind::kStruct:
        return structure({at.name, at.path, at.depth + 1}, type.shape(), into);
      case Kind::kList:
        return list(at, field, type, into);
      case Kind::kStringMap:
      case Kind::kIntMap:
        return map(at.name, type.kind, into);
      default: {
        auto it = index_.find(at.name);
        if (it == index_.end() || !scalar_from_text(type.kind, it->second, into))
          return bad_value(at.name);
        return ok_status();
      }
    }
  }

  Status list(const At& at, const FieldInfo& field, const TypeInfo& type, void* into) {
    std::string items = fmt::format("{}.{}", at.name, field.options.member);
    if (!present(items)) items = at.name;
    size_t position = 0;
    for (uint64_t n : numbers(items)) {
      At inner{fmt::format("{}.{}", items, n), fmt::format("{}.{}.member", at.path, ++position),
               at.depth + 1};
      void* item = type.element->emplace(type.append(into));
      TRY_OK(value(inner, field, *type.element, item));
      violations_.check_item(field, *type.element, item, inner.path);
    }
    return ok_status();
  }

  Status map(const std::string& name, Kind kind, void* into) {
    std::string entries = present(name + ".entry") ? name + ".entry" : name;
    for (uint64_t n : numbers(entries)) {
      auto key = index_.find(fmt::format("{}.{}.key", entries, n));
      auto item = index_.find(fmt::format("{}.{}.value", entries, n));
      if (key == index_.end() || item == index_.end()) return bad_value(name);
      bool fine = kind == Kind::kStringMap
                      ? scalar_from_text(Kind::kString, item->second,
                                         &(*static_cast<std::map<std::string, std::string>*>(
                                             into))[std::string(key->second)])
                      : scalar_from_text(Kind::kInt, item->second,
                                         &(*static_cast<std::map<std::string, int64_t>*>(
                                             into))[std::string(key->second)]);
      if (!fine) return bad_value(name);
    }
    return ok_status();
  }

  Index index_;
  Violations violations_;
};

}  // namespace

Result<Form> parse_form(std::string_view text) {
  Form out;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find('&', at), text.size());
    std::string_view piece = text.substr(at, end - at);
    at = end + 1;
    if (piece.empty()) continue;
    size_t equals = std::min(piece.find('='), piece.size());
    auto name = url_decode(piece.substr(0, equals), true);
    auto value =
        url_decode(equals < piece.size() ? piece.substr(equals + 1) : std::string_view{}, true);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value))
      return Error{"MalformedQueryString", "The query string contains a syntax error"};
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

Status decode_query(const Form& form, Shape shape, void* into) {
  Decoder decoder(form);
  TRY_OK(decoder.structure({}, shape, into));
  if (!decoder.violations().empty()) return decoder.violations().error(ConstraintStyle::kQuery);
  return ok_status();
}

Bytes encode_query(std::string_view action, std::string_view xml_namespace, Shape shape,
                   const void* from, std::string_view request_id, bool empty_result) {
  Bytes out;
  out.reserve(1024);
  XmlWriter xml(out, TimeForm::kIso8601);
  std::string response = fmt::format("{}Response", action),
              result = fmt::format("{}Result", action);
  xml.open(response, xml_namespace);
  if (!shape.empty() || empty_result) {
    xml.open(result);
    xml.members(shape, from);
    xml.close(result);
  }
  xml.open("ResponseMetadata");
  xml.text("RequestId", request_id);
  xml.close("ResponseMetadata");
  xml.close(response);
  append_wiped(out, "\n");
  return out;
}

Bytes encode_query_error(const Error& error, std::string_view xml_namespace, bool sender,
                         std::string_view request_id) {
  Bytes out;
  XmlWriter xml(out, TimeForm::kIso8601);
  xml.open("ErrorResponse", xml_namespace);
  xml.open("Error");
  xml.text("Type", sender ? "Sender" : "Receiver");
  xml.text("Code", error.code);
  xml.text("Message", error.message);
  for (const ErrorDetail& detail : error.details) xml.text(detail.name, detail.value);
  xml.close("Error");
  xml.text("RequestId", request_id);
  xml.close("ErrorResponse");
  out += "\n";
  return out;
}

}  // namespace coffer::protocol
