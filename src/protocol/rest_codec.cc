// restXml: labels, query, headers and body to structs, and structs to headers and body.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "protocol/header_text.h"
#include "protocol/xml_codec.h"

namespace coffer::protocol {
namespace {

constexpr int64_t kIntMax = 2147483647;
constexpr size_t kHeadersUsual = 20;

Error invalid_argument(std::string message, std::string_view name, std::string_view value) {
  return Error{"InvalidArgument", std::move(message)}
      .with("ArgumentName", std::string(name))
      .with("ArgumentValue", std::string(value));
}

Error bad_scalar(const FieldInfo& field, std::string_view value) {
  if (field.options.sensitive || field.type->kind == Kind::kSecret) value = {};
  if (field.type->kind == Kind::kInt && field.place == Place::kQuery)
    return invalid_argument(
        fmt::format("Provided {} not an integer or within integer range", field.name), field.name,
        value);
  return invalid_argument(fmt::format("Invalid value for {}", field.name), field.name, value);
}

// check_text_bounds: S3 has no constraint sentences; a parameter out of bounds is an
// InvalidArgument that names it.
Status check_text_bounds(const FieldInfo& field, const TypeInfo& type, const void* target,
                         std::string_view sent) {
  Violations violations;
  violations.check(field, type, target, field.name);
  if (violations.empty()) return ok_status();
  if (type.kind != Kind::kInt) return bad_scalar(field, sent);
  int64_t low = std::max<int64_t>(field.options.min, 0),
          high = std::min(field.options.max, kIntMax);
  return invalid_argument(
      fmt::format("Argument {} must be an integer between {} and {}", field.name, low, high),
      field.name, sent);
}

// find_query answers the first parameter of the name.
const std::string* find_query(const RestParts& parts, std::string_view name) {
  for (const auto& [n, v] : parts.query)
    if (n == name) return &v;
  return nullptr;
}

bool presigned(const RestParts& parts) {
  return find_query(parts, "X-Amz-Signature") || find_query(parts, "Signature");
}

// A checksum that a presigner put in the query is of the empty body it had at hand.
bool may_be_hoisted(std::string_view name) {
  return name.starts_with("x-amz-") && !name.starts_with("x-amz-checksum-") &&
         !name.starts_with("x-amz-sdk-");
}

std::optional<std::string> header_text(const RestParts& parts, std::string_view name) {
  if (parts.headers && parts.headers->find(name))
    return fmt::format("{}", fmt::join(parts.headers->all(name), ","));
  if (!may_be_hoisted(name) || !presigned(parts)) return std::nullopt;
  for (const auto& [n, v] : parts.query)
    if (iequals(n, name)) return v;
  return std::nullopt;
}

Error missing(const FieldInfo& field) {
  if (field.place == Place::kHeader)
    return {"InvalidRequest",
            fmt::format("Missing required header for this request: {}", field.name)};
  if (field.place == Place::kQuery)
    return invalid_argument(fmt::format("Missing required query parameter: {}", field.name),
                            field.name, "");
  return {"InvalidURI", "Couldn't parse the specified URI."};
}

// A condition whose date is not one is no condition (RFC 9110, section 13.1.3).
bool is_date_condition(const FieldInfo& field) {
  return field.type->kind == Kind::kTimestamp && lower(field.name).find("if-") != std::string::npos;
}

Status decode_list(const FieldInfo& field, std::string_view sent, void* target) {
  const TypeInfo& type = *field.type;
  for (size_t at = 0; at <= sent.size();) {
    size_t end = std::min(sent.find(',', at), sent.size());
    std::string_view piece = trim(sent.substr(at, end - at));
    at = end + 1;
    if (piece.empty()) continue;
    void* item = type.element->emplace(type.append(target));
    if (!scalar_from_text(type.element->kind, piece, item)) return bad_scalar(field, sent);
    Violations violations;
    violations.check_item(field, *type.element, item, field.name);
    if (!violations.empty()) return bad_scalar(field, sent);
  }
  return check_text_bounds(field, type, target, sent);
}

Status decode_text(const FieldInfo& field, std::string_view sent, void* into) {
  const TypeInfo& type = *field.type;
  if (is_date_condition(field) && type.optional) {
    Timestamp t;
    if (!scalar_from_text(Kind::kTimestamp, sent, &t)) return ok_status();
  }
  void* target = type.emplace(field.member(into));
  if (type.kind == Kind::kList) return decode_list(field, sent, target);
  if (!scalar_from_text(type.kind, sent, target)) return bad_scalar(field, sent);
  return check_text_bounds(field, type, target, sent);
}

// decode_repeated fills a list from every parameter of its name.
Status decode_repeated(const RestParts& parts, const FieldInfo& field, void* into) {
  void* target = field.type->emplace(field.member(into));
  for (const auto& [name, value] : parts.query)
    if (name == field.name) TRY_OK(decode_list(field, value, target));
  return ok_status();
}

// is_token: what a header's name may hold (RFC 9110, section 5.6.2).
bool is_token(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

Status decode_prefix(const RestParts& parts, const FieldInfo& field, void* into) {
  CHECK(field.type->kind == Kind::kStringMap);
  std::map<std::string, std::string> found;
  bool tokens = true;
  auto take = [&](std::string_view sent_name, std::string_view value) {
    std::string name = lower(sent_name);
    if (!name.starts_with(field.name) || name.size() == field.name.size()) return;
    tokens = tokens && is_token(name);
    auto [it, fresh] = found.try_emplace(name.substr(field.name.size()));
    if (!fresh) it->second += ",";
    it->second += decode_words(value);
  };
  if (parts.headers)
    for (const net::Header& header : parts.headers->list()) take(header.name, header.value);
  if (found.empty() && presigned(parts))
    for (const auto& [name, value] : parts.query) take(name, value);
  if (!tokens) return invalid_argument("A metadata name is not a header name", field.name, "");
  if (!found.empty())
    *static_cast<std::map<std::string, std::string>*>(field.type->emplace(field.member(into))) =
        std::move(found);
  return ok_status();
}

Status decode_payload(const RestParts& parts, const FieldInfo& field, void* into) {
  Kind kind = field.type->kind;
  bool raw = kind == Kind::kString || kind == Kind::kBlob || kind == Kind::kSecret;
  if (trim(parts.body).empty() && (!raw || parts.body.empty())) {
    if (field.required) return Error{"MissingRequestBodyError", "Request Body is empty"};
    return ok_status();
  }
  void* target = field.type->emplace(field.member(into));
  if (kind == Kind::kBlob) {
    static_cast<Blob*>(target)->bytes = parts.body;
  } else if (raw) {
    if (!is_utf8(parts.body) || !scalar_from_text(kind, parts.body, target)) return malformed_xml();
  } else {
    CHECK(kind == Kind::kStruct);
    return decode_xml(parts.body, field.name, field.type->shape(), target);
  }
  return check_text_bounds(field, *field.type, target, "");
}

// has_place looks through the groups too; `required`: only members that must be there count.
bool has_place(Shape shape, Place place, bool required = false) {
  return std::any_of(shape.begin(), shape.end(), [&](const FieldInfo& field) {
    return field.place == Place::kGroup ? has_place(field.group(), place, required)
                                        : field.place == place && (field.required || !required);
  });
}

Status decode_outside(const RestParts& parts, Shape shape, void* into);

Status decode_field(const RestParts& parts, const FieldInfo& field, void* into) {
  std::optional<std::string> sent;
  switch (field.place) {
    case Place::kBody:
      return ok_status();
    case Place::kGroup:
      return decode_outside(parts, field.group(), field.member(into));
    case Place::kPayload:
      return decode_payload(parts, field, into);
    case Place::kPrefixHeader:
      return decode_prefix(parts, field, into);
    case Place::kLabel:
      if (auto it = parts.labels.find(field.name); it != parts.labels.end()) sent = it->second;
      break;
    case Place::kQuery:
      if (const std::string* value = find_query(parts, field.name)) sent = *value;
      if (sent && field.type->kind == Kind::kList) return decode_repeated(parts, field, into);
      break;
    case Place::kHeader:
      sent = header_text(parts, field.name);
      break;
  }
  bool blank_number =
      sent && sent->empty() && field.type->kind != Kind::kString && field.type->optional;
  if (blank_number) sent.reset();
  if (sent) return decode_text(field, *sent, into);
  return field.required ? Status(missing(field)) : ok_status();
}

Status decode_outside(const RestParts& parts, Shape shape, void* into) {
  for (const FieldInfo& field : shape) TRY_OK(decode_field(parts, field, into));
  return ok_status();
}

// ---- Encoding.

void encode_header(net::Headers& headers, const FieldInfo& field, const void* value) {
  const TypeInfo& type = *field.type;
  if (type.kind == Kind::kString) {
    headers.add(std::string(field.name), header_safe(*static_cast<const std::string*>(value)));
    return;
  }
  TimeForm time = field.options.iso8601 ? TimeForm::kIso8601Ms : TimeForm::kHttpDate;
  Bytes text;
  if (type.kind == Kind::kList) {
    for (size_t i = 0; i < type.size(value); ++i) {
      if (i > 0) text += ", ";
      append_scalar(text, type.element->kind, type.element->get(type.at(value, i)), time);
    }
    if (text.empty()) return;
  } else {
    append_scalar(text, type.kind, value, time);
  }
  headers.add(std::string(field.name), header_safe(text));
}

void encode_headers(net::Headers& headers, Shape shape, const void* from) {
  for (const FieldInfo& field : shape) {
    const void* member = field.const_member(from);
    if (field.place == Place::kGroup) {
      encode_headers(headers, field.group(), member);
    } else if (field.place == Place::kHeader && field.type->present(member)) {
      encode_header(headers, field, field.type->get(member));
    } else if (field.place == Place::kPrefixHeader && field.type->kind == Kind::kStringMap &&
               field.type->present(member)) {
      for (const auto& [name, value] :
           *static_cast<const std::map<std::string, std::string>*>(field.type->get(member)))
        headers.add(header_safe(std::string(field.name) + name), encode_words(value));
    }
  }
}

const FieldInfo* payload_of(Shape shape) {
  for (const FieldInfo& field : shape)
    if (field.place == Place::kPayload) return &field;
  return nullptr;
}

Bytes encode_payload(std::string_view root, std::string_view xml_namespace, const FieldInfo& field,
                     const void* from) {
  const void* member = field.const_member(from);
  if (!field.type->present(member)) return {};
  const void* value = field.type->get(member);
  if (field.type->kind == Kind::kBlob) return static_cast<const Blob*>(value)->bytes;
  Bytes out;
  if (root.empty() && field.type->kind != Kind::kStruct && field.type->kind != Kind::kList) {
    append_scalar(out, field.type->kind, value, TimeForm::kIso8601Ms);
    return out;
  }
  FieldInfo under_root = field;
  if (under_root.options.xml_namespace.empty()) under_root.options.xml_namespace = xml_namespace;
  out = kXmlPrologue;
  XmlWriter(out, TimeForm::kIso8601Ms).element(root.empty() ? field.name : root, under_root, value);
  return out;
}

void put_error(XmlWriter& xml, const Error& error, std::string_view resource) {
  xml.open("Error");
  xml.text("Code", error.code);
  xml.text("Message", error.message);
  for (const ErrorDetail& detail : error.details) xml.text(detail.name, detail.value);
  if (!resource.empty()) xml.text("Resource", resource);
}

void put_ids(XmlWriter& xml, std::string_view request_id, std::string_view host_id) {
  xml.text("RequestId", request_id);
  xml.text("HostId", host_id);
}

}  // namespace

Status decode_rest(const RestParts& parts, Shape shape, void* into) {
  TRY_OK(decode_outside(parts, shape, into));
  if (!has_place(shape, Place::kBody)) return ok_status();
  if (!trim(parts.body).empty()) return decode_xml(parts.body, "", shape, into);
  if (has_place(shape, Place::kBody, true))
    return Error{"MissingRequestBodyError", "Request Body is empty"};
  return ok_status();
}

RestAnswer encode_rest(std::string_view root, std::string_view xml_namespace, Shape shape,
                       const void* from) {
  RestAnswer answer;
  answer.headers.reserve(kHeadersUsual);
  encode_headers(answer.headers, shape, from);
  if (const FieldInfo* payload = payload_of(shape)) {
    answer.body = encode_payload(root, xml_namespace, *payload, from);
  } else if (!root.empty() && has_place(shape, Place::kBody)) {
    answer.body = kXmlPrologue;
    XmlWriter xml(answer.body, TimeForm::kIso8601Ms);
    xml.open(root, xml_namespace);
    xml.members(shape, from);
    xml.close(root);
  }
  return answer;
}

Bytes encode_s3_error(const Error& error, std::string_view resource, std::string_view request_id,
                      std::string_view host_id) {
  Bytes out(kXmlPrologue);
  XmlWriter xml(out, TimeForm::kIso8601Ms);
  put_error(xml, error, resource);
  put_ids(xml, request_id, host_id);
  xml.close("Error");
  return out;
}

Bytes encode_s3control_error(const Error& error, std::string_view request_id,
                             std::string_view host_id) {
  Bytes out(kXmlPrologue);
  XmlWriter xml(out, TimeForm::kIso8601Ms);
  xml.open("ErrorResponse");
  put_error(xml, error, "");
  xml.close("Error");
  put_ids(xml, request_id, host_id);
  xml.close("ErrorResponse");
  return out;
}

}  // namespace coffer::protocol
