// `coffer operations`: every operation as it is declared, for people who want the list and for the
// test that holds it against AWS's models.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "api/op.h"
#include "server/subcommands.h"

namespace coffer::server {
namespace {

using nlohmann::ordered_json;
using protocol::FieldInfo;
using protocol::Kind;
using protocol::Place;

constexpr std::string_view kServices[] = {"s3",  "s3control",     "kms",        "iam",
                                          "sts", "organizations", "cloudtrail", "coffer"};
constexpr std::string_view kMethods[] = {"", "GET", "PUT", "POST", "DELETE", "HEAD"};
constexpr std::string_view kScopes[] = {"service", "bucket", "object"};
constexpr std::string_view kKinds[] = {"string",    "boolean", "integer", "double",
                                       "timestamp", "blob",    "secret",  "structure",
                                       "list",      "map",     "map"};
constexpr std::string_view kPlaces[] = {"body",          "label",   "query", "header",
                                        "prefix_header", "payload", "group"};

ordered_json list_of(protocol::Shape shape);

void add_type(const protocol::TypeInfo& type, ordered_json& out) {
  out["kind"] = kKinds[static_cast<size_t>(type.kind)];
  if (type.kind == Kind::kStruct) out["members"] = list_of(type.shape());
  if (type.kind == Kind::kList) add_type(*type.element, out["element"]);
}

// A group's members travel as the outer structure's own, and are told as such.
void add_field(const FieldInfo& field, ordered_json& out) {
  if (field.place == Place::kGroup) {
    for (const FieldInfo& inner : field.group()) add_field(inner, out);
    return;
  }
  ordered_json one{{"name", field.name},
                   {"place", kPlaces[static_cast<size_t>(field.place)]},
                   {"required", field.required}};
  add_type(*field.type, one);
  if (field.options.flattened) one["flattened"] = true;
  if (field.type->kind == Kind::kList && !field.options.flattened)
    one["item"] = field.options.member;
  if (!field.options.values.empty()) one["values"] = field.options.values;
  out.push_back(std::move(one));
}

ordered_json list_of(protocol::Shape shape) {
  ordered_json out = ordered_json::array();
  for (const FieldInfo& field : shape) add_field(field, out);
  return out;
}

ordered_json operation_json(const api::OpEntry& entry) {
  const api::OpSpec& spec = entry.spec;
  return {{"service", kServices[static_cast<size_t>(spec.service)]},
          {"name", spec.name},
          {"method", kMethods[static_cast<size_t>(spec.route.method)]},
          {"scope", kScopes[static_cast<size_t>(spec.route.scope)]},
          {"query", spec.route.query},
          {"header", spec.route.header},
          {"status", spec.status_ok},
          {"checksum_required", spec.checksum_required},
          {"streams", spec.streams == api::Streams::kRequest    ? "request"
                      : spec.streams == api::Streams::kResponse ? "response"
                      : spec.streams == api::Streams::kForm     ? "form"
                                                                : ""},
          {"output_root", spec.output_root},
          {"input", list_of(entry.input)},
          {"output", list_of(entry.output)}};
}

}  // namespace

int run_operations(int argc, char** argv) {
  const std::string_view option = argc > 1 ? argv[1] : "";
  if (!option.empty() && option != "--json") {
    fmt::print(option == "--help" ? stdout : stderr,
               "coffer operations [--json]\n\nLists the operations; --json with their shapes.\n");
    return option == "--help" ? 0 : 2;
  }
  ordered_json all = ordered_json::array();
  for (const api::OpEntry* entry : api::operations()) {
    if (option.empty())
      fmt::print("{} {}\n", kServices[static_cast<size_t>(entry->spec.service)], entry->spec.name);
    else
      all.push_back(operation_json(*entry));
  }
  if (!option.empty()) fmt::print("{}\n", all.dump(1));
  return 0;
}

}  // namespace coffer::server
