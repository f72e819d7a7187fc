// awsQuery: forms to structs, structs to XML.
#include <fmt/format.h>

#include <set>

#include "base/encoding.h"
#include "protocol/xml_codec.h"

namespace coffer::protocol {
namespace {

using Index = std::map<std::string, std::string_view, std::less<>>;

Error bad_value(std::string_view name) { return {"MalformedInput", fmt::format("Invalid value for parameter {}", name)}; }

class Decoder {
 public:
  explicit Decoder(const Form& form) {
    for (const auto& [name, value] : form) index_.try_emplace(name, value);
  }

  Status structure(const std::string& prefix, Shape shape, void* into, const std::string& path, int depth) {
    if (depth > kDepthMax) return bad_value(prefix);
    for (const FieldInfo& field : shape) {
      if (field.place == Place::kGroup) {
        TRY_OK(structure(prefix, field.group(), field.member(into), path, depth));
        continue;
      }
      std::string name = prefix.empty() ? std::string(field.name) : prefix + "." + std::string(field.name);
      std::string member = member_path(path, field.name);
      if (!present(name)) {
        if (field.required) violations_.missing(member);
        continue;
      }
      void* target = field.type->emplace(field.member(into));
      TRY_OK(value(name, field, *field.type, target, member, depth));
      violations_.check(field, *field.type, target, member);
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
    for (auto it = index_.lower_bound(prefix); it != index_.end() && it->first.starts_with(prefix); ++it) {
      std::string_view rest = std::string_view(it->first).substr(prefix.size());
      if (auto n = parse_uint(rest.substr(0, rest.find('.')))) out.insert(*n);
    }
    return out;
  }

  Status value(const std::string& name, const FieldInfo& field, const TypeInfo& type, void* into, const std::string& path,
               int depth) {
    switch (type.kind) {
      case Kind::kStruct:
        return structure(name, type.shape(), into, path, depth + 1);
      case Kind::kList:
        return list(name, field, type, into, path, depth);
      case Kind::kStringMap:
      case Kind::kIntMap:
        return map(name, type.kind, into);
      default: {
        auto it = index_.find(name);
        if (it == index_.end() || !scalar_from_text(type.kind, it->second, into)) return bad_value(name);
        return ok_status();
      }
    }
  }

  Status list(const std::string& name, const FieldInfo& field, const TypeInfo& type, void* into, const std::string& path,
              int depth) {
    std::string items = present(name + "." + std::string(field.options.member)) ? name + "." + std::string(field.options.member) : name;
    size_t position = 0;
    for (uint64_t n : numbers(items)) {
      std::string item_path = fmt::format("{}.{}.member", path, ++position);
      void* item = type.element->emplace(type.append(into));
      TRY_OK(value(fmt::format("{}.{}", items, n), field, *type.element, item, item_path, depth + 1));
      violations_.check_item(field, *type.element, item, item_path);
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
                                         &(*static_cast<std::map<std::string, std::string>*>(into))[std::string(key->second)])
                      : scalar_from_text(Kind::kInt, item->second,
                                         &(*static_cast<std::map<std::string, int64_t>*>(into))[std::string(key->second)]);
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
    auto value = url_decode(equals < piece.size() ? piece.substr(equals + 1) : std::string_view{}, true);
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value))
      return Error{"MalformedQueryString", "The query string contains a syntax error"};
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

Status decode_query(const Form& form, Shape shape, void* into) {
  Decoder decoder(form);
  TRY_OK(decoder.structure("", shape, into, "", 0));
  if (!decoder.violations().empty()) return decoder.violations().error(ConstraintStyle::kQuery);
  return ok_status();
}

Bytes encode_query(std::string_view action, std::string_view xml_namespace, Shape shape, const void* from,
                   std::string_view request_id) {
  Bytes out;
  out.reserve(1024);
  open_tag(out, fmt::format("{}Response", action), xml_namespace);
  if (!shape.empty()) {
    std::string result = fmt::format("{}Result", action);
    open_tag(out, result);
    put_members(out, shape, from, {.time = TimeForm::kIso8601});
    close_tag(out, result);
  }
  open_tag(out, "ResponseMetadata");
  put_text_element(out, "RequestId", request_id);
  close_tag(out, "ResponseMetadata");
  close_tag(out, fmt::format("{}Response", action));
  append_wiped(out, "\n");
  return out;
}

Bytes encode_query_error(const Error& error, std::string_view xml_namespace, bool sender, std::string_view request_id) {
  Bytes out;
  open_tag(out, "ErrorResponse", xml_namespace);
  open_tag(out, "Error");
  put_text_element(out, "Type", sender ? "Sender" : "Receiver");
  put_text_element(out, "Code", error.code);
  put_text_element(out, "Message", error.message);
  for (const ErrorDetail& detail : error.details) put_text_element(out, detail.name, detail.value);
  close_tag(out, "Error");
  put_text_element(out, "RequestId", request_id);
  close_tag(out, "ErrorResponse");
  out += "\n";
  return out;
}

}  // namespace coffer::protocol
