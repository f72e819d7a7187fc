#include "protocol/xml_codec.h"

#include <fmt/format.h>

#include <pugixml.hpp>

#include "base/encoding.h"
#include "protocol/secret_access.h"

namespace coffer::protocol {
namespace {

constexpr std::string_view kTypeAttribute =
    "xsi:type";  // the one member that S3 sends as an attribute

// ---- What pugixml lets pass.

bool reference_ok(std::string_view body) {
  if (body == "amp" || body == "lt" || body == "gt" || body == "quot" || body == "apos")
    return true;
  if (!body.starts_with('#') || body.size() < 2 || body.size() > 10) return false;
  bool sixteen = body[1] == 'x';
  std::string_view digits = body.substr(sixteen ? 2 : 1);
  uint64_t code = 0;
  for (char c : lower(digits)) {
    bool decimal = c >= '0' && c <= '9';
    if (!decimal && (!sixteen || c < 'a' || c > 'f')) return false;
    code = code * (sixteen ? 16 : 10) + static_cast<uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return !digits.empty() && code != 0 && code <= 0x10ffff && !surrogate;
}

// text_ok: UTF-8 without NUL, and every reference one of XML's own.
bool text_ok(ByteView document) {
  if (document.find('\0') != ByteView::npos || !is_utf8(document)) return false;
  static constexpr std::pair<std::string_view, std::string_view> kPassed[] = {
      {"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
  for (size_t i = 0; (i = document.find_first_of("<&", i)) != ByteView::npos; ++i) {
    ByteView rest = document.substr(i);
    if (rest[0] == '&') {
      size_t end = rest.substr(0, 12).find(';');
      if (end == ByteView::npos || !reference_ok(rest.substr(1, end - 1))) return false;
    }
    for (const auto& [open, close] : kPassed) {
      if (!rest.starts_with(open)) continue;
      size_t end = rest.find(close, open.size());
      if (end == ByteView::npos) return false;
      i += end;
      break;
    }
  }
  return true;
}

std::string_view local_name(const pugi::xml_node& node) {
  std::string_view name = node.name();
  size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// the_root answers the one root element, or an empty node. A document type is refused, and so is
// more depth than kDepthMax.
pugi::xml_node the_root(const pugi::xml_document& document) {
  pugi::xml_node root;
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_doctype) return {};
    if (node.type() != pugi::node_element) continue;
    if (root) return {};
    root = node;
  }
  int depth = 1;
  for (pugi::xml_node at = root; at;) {
    if (depth > kDepthMax) return {};
    if (at.first_child()) {
      at = at.first_child();
      ++depth;
      continue;
    }
    while (at && at != root && !at.next_sibling()) {
      at = at.parent();
      --depth;
    }
    if (at == root) break;
    at = at.next_sibling();
  }
  return root;
}

// text_of joins the pieces of an element's text; nullopt: it has elements.
std::optional<std::string> text_of(const pugi::xml_node& node) {
  std::string out;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) return std::nullopt;
    out += child.value();
  }
  return out;
}

// ---- Decoding. False: MalformedXML.

using Children = std::multimap<std::string_view, pugi::xml_node>;

class Decoder {
 public:
  bool structure(const pugi::xml_node& node, Shape shape, void* into) {
    Children children;
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() == pugi::node_element) {
        children.emplace(local_name(child), child);
      } else if (!trim(child.value()).empty()) {
        return false;
      }
    }
    return members(node, children, shape, into);
  }

  bool value(const pugi::xml_node& node, const FieldInfo& field, const TypeInfo& type, void* into) {
    switch (type.kind) {
      case Kind::kStruct:
        return structure(node, type.shape(), into);
      case Kind::kList:
        for (const pugi::xml_node& child : node.children()) {
          if (child.type() != pugi::node_element) {
            if (!trim(child.value()).empty()) return false;
            continue;
          }
          if (local_name(child) == field.options.member && !item(child, field, type, into))
            return false;
        }
        return true;
      case Kind::kStringMap:
      case Kind::kIntMap:
        return map(node, type.kind, into);
      default: {
        auto text = text_of(node);
        return text && is_utf8(*text) && scalar_from_text(type.kind, *text, into);
      }
    }
  }

  bool violated() const { return !violations_.empty(); }

 private:
  bool members(const pugi::xml_node& node, const Children& children, Shape shape, void* into) {
    for (const FieldInfo& field : shape) {
      bool fine = true;
      if (field.place == Place::kGroup) {
        fine = members(node, children, field.group(), field.member(into));
      } else if (field.name == kTypeAttribute) {
        fine = attribute(node, field, into);
      } else if (field.place == Place::kBody) {
        fine = member(children, field, into);
      }
      if (!fine) return false;
    }
    return true;
  }

  bool member(const Children& children, const FieldInfo& field, void* into) {
    size_t colon = field.name.rfind(':');
    auto [begin, end] = children.equal_range(
        colon == std::string_view::npos ? field.name : field.name.substr(colon + 1));
    if (begin == end) return !field.required;
    void* target = field.type->emplace(field.member(into));
    if (field.type->kind == Kind::kList && field.options.flattened) {
      for (auto it = begin; it != end; ++it)
        if (!item(it->second, field, *field.type, target)) return false;
    } else {
      if (std::next(begin) != end || !value(begin->second, field, *field.type, target))
        return false;
    }
    violations_.check(field, *field.type, target, field.name);
    return true;
  }

  bool item(const pugi::xml_node& node, const FieldInfo& field, const TypeInfo& list, void* into) {
    void* one = list.element->emplace(list.append(into));
    if (!value(node, field, *list.element, one)) return false;
    violations_.check_item(field, *list.element, one, field.name);
    return true;
  }

  bool attribute(const pugi::xml_node& node, const FieldInfo& field, void* into) {
    for (const pugi::xml_attribute& a : node.attributes()) {
      std::string_view name = a.name();
      if (!name.ends_with(":type") && name != "type") continue;
      void* target = field.type->emplace(field.member(into));
      if (!scalar_from_text(field.type->kind, a.value(), target)) return false;
      violations_.check(field, *field.type, target, field.name);
      return true;
    }
    return !field.required;
  }

  static bool map(const pugi::xml_node& node, Kind kind, void* into) {
    for (const pugi::xml_node& entry : node.children()) {
      if (local_name(entry) != "entry") continue;
      std::optional<std::string> key, item;
      for (const pugi::xml_node& part : entry.children()) {
        if (local_name(part) == "key") key = text_of(part);
        if (local_name(part) == "value") item = text_of(part);
      }
      if (!key || !item) return false;
      if (kind == Kind::kStringMap) {
        (*static_cast<std::map<std::string, std::string>*>(into))[*key] = *item;
      } else if (!scalar_from_text(Kind::kInt, *item,
                                   &(*static_cast<std::map<std::string, int64_t>*>(into))[*key])) {
        return false;
      }
    }
    return true;
  }

  Violations violations_;
};

// ---- Encoding.

std::string_view type_attribute(Shape shape, const void* from) {
  for (const FieldInfo& field : shape) {
    if (field.name != kTypeAttribute || field.type->kind != Kind::kString) continue;
    const void* member = field.const_member(from);
    if (field.type->present(member))
      return *static_cast<const std::string*>(field.type->get(member));
  }
  return {};
}

// utf8_length is the length of the well-formed character at the front of `text`; 0: there is none.
size_t utf8_length(std::string_view text) {
  for (size_t n = 1; n <= std::min<size_t>(4, text.size()); ++n)
    if (is_utf8(text.substr(0, n))) return n;
  return 0;
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    size_t length = static_cast<uint8_t>(c) < 0x80 ? 1 : utf8_length(text.substr(i));
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if ((c >= 0 && c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
      out += fmt::format("&#x{:x};", static_cast<uint8_t>(c));
    } else {
      out += text.substr(i, length);
    }
    i += std::max<size_t>(length, 1);
  }
  return out;
}

void XmlWriter::open(std::string_view name, std::string_view xml_namespace) {
  append_wiped(out_, "<");
  append_wiped(out_, name);
  if (!xml_namespace.empty())
    append_wiped(out_, fmt::format(" xmlns=\"{}\"", xml_escape(xml_namespace)));
  append_wiped(out_, ">");
}

void XmlWriter::close(std::string_view name) {
  append_wiped(out_, "</");
  append_wiped(out_, name);
  append_wiped(out_, ">");
}

void XmlWriter::text(std::string_view name, std::string_view text) {
  open(name);
  append_wiped(out_, xml_escape(text));
  close(name);
}

void XmlWriter::members(Shape shape, const void* from) {
  for (const FieldInfo& field : shape) {
    const void* member = field.const_member(from);
    if (field.place == Place::kGroup) {
      members(field.group(), member);
    } else if (field.place == Place::kBody && field.name != kTypeAttribute &&
               field.type->present(member)) {
      element(field.name, field, field.type->get(member));
    }
  }
}

void XmlWriter::element(std::string_view name, const FieldInfo& field, const void* value) {
  if (field.type->kind == Kind::kList && field.options.flattened) return items(name, field, value);
  named(name, field, *field.type, value);
}

void XmlWriter::named(std::string_view name, const FieldInfo& field, const TypeInfo& type,
                      const void* value) {
  std::string_view attribute =
      type.kind == Kind::kStruct ? type_attribute(type.shape(), value) : std::string_view{};
  if (attribute.empty()) {
    open(name, field.options.xml_namespace);
  } else {
    append_wiped(
        out_,
        fmt::format("<{} xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"{}\">",
                    name, xml_escape(attribute)));
  }
  content(field, type, value);
  close(name);
}

template <class Map>
void XmlWriter::entries(const void* value) {
  for (const auto& [key, item] : *static_cast<const Map*>(value)) {
    open("entry");
    text("key", key);
    text("value", fmt::format("{}", item));
    close("entry");
  }
}

void XmlWriter::items(std::string_view name, const FieldInfo& field, const void* list) {
  const TypeInfo& type = *field.type;
  for (size_t i = 0; i < type.size(list); ++i) {
    const void* item = type.at(list, i);
    if (type.element->present(item)) named(name, field, *type.element, type.element->get(item));
  }
}

void XmlWriter::content(const FieldInfo& field, const TypeInfo& type, const void* value) {
  switch (type.kind) {
    case Kind::kStruct:
      return members(type.shape(), value);
    case Kind::kList:
      return items(field.options.member, field, value);
    case Kind::kStringMap:
      return entries<std::map<std::string, std::string>>(value);
    case Kind::kIntMap:
      return entries<std::map<std::string, int64_t>>(value);
    case Kind::kString:
      return append_wiped(out_, xml_escape(*static_cast<const std::string*>(value)));
    case Kind::kSecret: {
      std::string text =
          xml_escape(static_cast<const Secret*>(value)->reveal(ResponseAccess::get()));
      append_wiped(out_, text);
      return wipe(text);
    }
    default:
      return append_scalar(out_, type.kind, value, time_);
  }
}

Error malformed_xml() {
  return {
      "MalformedXML",
      "The XML you provided was not well-formed or did not validate against our published schema"};
}

Status decode_xml(ByteView document, std::string_view root, Shape shape, void* into) {
  if (!text_ok(document)) return malformed_xml();
  pugi::xml_document parsed;
  constexpr unsigned kFlags = pugi::parse_escapes | pugi::parse_cdata | pugi::parse_eol |
                              pugi::parse_ws_pcdata_single | pugi::parse_doctype |
                              pugi::parse_wconv_attribute;
  if (!parsed.load_buffer(document.data(), document.size(), kFlags, pugi::encoding_utf8))
    return malformed_xml();
  pugi::xml_node node = the_root(parsed);
  if (!node || (!root.empty() && local_name(node) != root)) return malformed_xml();
  Decoder decoder;
  if (!decoder.structure(node, shape, into) || decoder.violated()) return malformed_xml();
  return ok_status();
}

}  // namespace coffer::protocol
