#pragma once
// Structs with every kind of member, for the codecs' tests and fuzzers.
#include "protocol/shape.h"

namespace coffer::protocol::testing {

struct Tag {
  std::string key;
  std::optional<std::string> value;
  static constexpr auto shape() {
    return fields(body<&Tag::key>("Key", {.min = 1, .max = 8}), body<&Tag::value>("Value"));
  }
};

// Document is all body: for JSON, forms and XML alike.
struct Document {
  std::string name;
  std::optional<std::string> spec;
  std::optional<bool> flag;
  std::optional<int64_t> number;
  std::optional<double> real;
  std::optional<Timestamp> time;
  std::optional<Blob> blob;
  std::optional<Secret> secret;
  std::optional<Tag> one;
  std::vector<Tag> tags;
  std::vector<Tag> flat;
  std::vector<std::string> texts;
  std::map<std::string, std::string> map;
  std::map<std::string, int64_t> counts;
  std::vector<Document> inner;
  static constexpr auto shape() {
    return fields(
        body<&Document::name>("Name", {.min = 1, .max = 10}),
        body<&Document::spec>("KeySpec", {.values = "AES_256|AES_128"}),
        body<&Document::flag>("Flag"), body<&Document::number>("Number", {.min = 1, .max = 1000}),
        body<&Document::real>("Real"), body<&Document::time>("Time"),
        body<&Document::blob>("Blob", {.max = 16}), body<&Document::secret>("Secret", {.max = 16}),
        body<&Document::one>("One"), body<&Document::tags>("Tags", {.max = 3}),
        body<&Document::flat>("Flat", {.flattened = true}),
        body<&Document::texts>("Texts", {.values = "a|b|c", .member = "Text"}),
        body<&Document::map>("Map"), body<&Document::counts>("Counts"),
        body<&Document::inner>("Inner"));
  }
};

template <class T>
std::span<const FieldInfo> shape_of() {
  static constexpr auto list = T::shape();
  return list;
}

}  // namespace coffer::protocol::testing
