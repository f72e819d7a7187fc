#pragma once
// Shapes say how a plain struct looks on the wire: one constexpr FieldInfo a member. The three
// codecs (restXml, awsJson, awsQuery) walk them without knowing any operation. An operation writes,
// for instance
//
//   static constexpr auto input = fields(
//       path<&Input::bucket>("Bucket"),
//       header<&Input::expected_owner>("x-amz-expected-bucket-owner"),
//       body<&Input::description>("Description", {.max = 8192}));
//
// Member types: std::string, bool, int64_t, double, Timestamp, Blob, Secret, a struct with `static
// constexpr auto shape()` (answering fields(...)), std::vector of any of these,
// std::map<std::string, std::string>, std::map<std::string, int64_t>, and std::optional of any. A
// member that is not optional and has no .required = false is required, vectors, maps and structs
// excepted.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"

namespace coffer::protocol {

struct Blob {
  Bytes bytes;  // base64 on the wire
};
struct Timestamp {
  UnixMs ms = 0;  // ISO 8601 in XML, epoch seconds in JSON, an HTTP date in headers
};

enum class Kind : uint8_t {
  kString,
  kBool,
  kInt,
  kDouble,
  kTimestamp,
  kBlob,
  kSecret,
  kStruct,
  kList,
  kStringMap,
  kIntMap
};

// Place says where a member travels. kPrefixHeader: a map member, every header that begins with the
// name (x-amz-meta-). kLabel: a part of the path (the bucket, the key). kPayload: the whole body is
// this one member. kStatus: not sent; the HTTP status.
enum class Place : uint8_t { kBody, kLabel, kQuery, kHeader, kPrefixHeader, kPayload, kGroup };

struct FieldInfo;

struct TypeInfo {
  Kind kind;
  bool optional = false;
  std::span<const FieldInfo> (*shape)() = nullptr;   // kStruct
  const TypeInfo* element = nullptr;                 // kList
  bool (*present)(const void* member) = nullptr;     // optional: has a value; else always true
  const void* (*get)(const void* member) = nullptr;  // the value within; only where present
  void* (*emplace)(void* member) = nullptr;          // makes it present, answers the value
  size_t (*size)(const void* list) = nullptr;        // kList
  const void* (*at)(const void* list, size_t i) = nullptr;
  void* (*append)(void* list) = nullptr;
};

// Bounds are those of the service model. Where they fail the codec answers the service's constraint
// error.
struct Options {
  std::optional<bool> required = {};
  int64_t min = INT64_MIN,
          max = INT64_MAX;  // of a number's value, a string's length in characters, a list's count
  std::string_view values = {};   // an enumeration: "AES_256|AES_128"
  std::string_view pattern = {};  // quoted in the constraint's sentence, checked by the operation
  bool flattened = false;         // restXml: list items without a wrapper
  std::string_view member = "member";  // the item's element name in a wrapped XML list
  bool sensitive = false;              // the constraint error omits the value
  std::string_view xml_namespace = {};
  bool iso8601 = false;  // a header's timestamp in ISO 8601 instead of an HTTP date
};

struct FieldInfo {
  std::string_view name;
  Place place = Place::kBody;
  Options options;
  bool required = false;
  void* (*member)(void* object) = nullptr;
  const void* (*const_member)(const void* object) = nullptr;
  const TypeInfo* type = nullptr;
  std::span<const FieldInfo> (*group)() = nullptr;  // kGroup
};

namespace detail {

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {
  using Inner = T;
};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {
  using Inner = T;
};

template <class T>
std::span<const FieldInfo> shape_of();

template <class T>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<T, std::string>)
    return Kind::kString;
  else if constexpr (std::is_same_v<T, bool>)
    return Kind::kBool;
  else if constexpr (std::is_same_v<T, int64_t>)
    return Kind::kInt;
  else if constexpr (std::is_same_v<T, double>)
    return Kind::kDouble;
  else if constexpr (std::is_same_v<T, Timestamp>)
    return Kind::kTimestamp;
  else if constexpr (std::is_same_v<T, Blob>)
    return Kind::kBlob;
  else if constexpr (std::is_same_v<T, Secret>)
    return Kind::kSecret;
  else if constexpr (is_vector<T>::value)
    return Kind::kList;
  else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>)
    return Kind::kStringMap;
  else if constexpr (std::is_same_v<T, std::map<std::string, int64_t>>)
    return Kind::kIntMap;
  else
    return Kind::kStruct;
}

template <class T>
struct TypeOf {
  static constexpr TypeInfo make() {
    if constexpr (is_optional<T>::value) {
      using V = typename is_optional<T>::Inner;
      TypeInfo t = TypeOf<V>::info;
      t.optional = true;
      t.present = [](const void* m) { return static_cast<const T*>(m)->has_value(); };
      t.get = [](const void* m) -> const void* { return &**static_cast<const T*>(m); };
      t.emplace = [](void* m) -> void* { return &static_cast<T*>(m)->emplace(); };
      return t;
    } else {
      TypeInfo t{.kind = kind_of<T>()};
      t.present = [](const void*) { return true; };
      t.get = [](const void* m) { return m; };
      t.emplace = [](void* m) { return m; };
      if constexpr (kind_of<T>() == Kind::kStruct) t.shape = &shape_of<T>;
      if constexpr (is_vector<T>::value) {
        using E = typename is_vector<T>::Inner;
        t.element = &TypeOf<E>::info;
        t.size = [](const void* l) { return static_cast<const T*>(l)->size(); };
        t.at = [](const void* l, size_t i) -> const void* {
          return &(*static_cast<const T*>(l))[i];
        };
        t.append = [](void* l) -> void* { return &static_cast<T*>(l)->emplace_back(); };
      }
      return t;
    }
  }
  static constexpr TypeInfo info = make();
};

template <class T>
std::span<const FieldInfo> shape_of() {
  static constexpr auto list = T::shape();
  return list;
}

template <class M>
struct MemberOf;
template <class S, class T>
struct MemberOf<T S::*> {
  using Struct = S;
  using Type = T;
};

template <auto M>
constexpr FieldInfo make_field(std::string_view name, Place place, Options options) {
  using S = typename MemberOf<decltype(M)>::Struct;
  using T = typename MemberOf<decltype(M)>::Type;
  constexpr Kind kind = kind_of<T>();
  constexpr bool bare = !is_optional<T>::value && kind != Kind::kList && kind != Kind::kStringMap &&
                        kind != Kind::kIntMap && kind != Kind::kStruct;
  return FieldInfo{.name = name,
                   .place = place,
                   .options = options,
                   .required = options.required.value_or(bare),
                   .member = [](void* object) -> void* { return &(static_cast<S*>(object)->*M); },
                   .const_member = [](const void* object) -> const void* {
                     return &(static_cast<const S*>(object)->*M);
                   },
                   .type = &TypeOf<T>::info};
}

}  // namespace detail

template <auto M>
constexpr FieldInfo body(std::string_view name, Options o = {}) {
  return detail::make_field<M>(name, Place::kBody, o);
}
template <auto M>
constexpr FieldInfo path(std::string_view name, Options o = {}) {
  return detail::make_field<M>(name, Place::kLabel, o);
}
template <auto M>
constexpr FieldInfo query(std::string_view name, Options o = {}) {
  return detail::make_field<M>(name, Place::kQuery, o);
}
template <auto M>
constexpr FieldInfo header(std::string_view name, Options o = {}) {
  return detail::make_field<M>(name, Place::kHeader, o);
}
template <auto M>
constexpr FieldInfo prefix_headers(std::string_view name, Options o = {}) {
  return detail::make_field<M>(name, Place::kPrefixHeader, o);
}
template <auto M>
constexpr FieldInfo payload(std::string_view name, Options o = {}) {
  return detail::make_field<M>(name, Place::kPayload, o);
}
// group joins a sub-struct whose members travel as if they were the outer struct's own (SSE
// headers, checksums, preconditions).
template <auto M>
constexpr FieldInfo group() {
  using T = typename detail::MemberOf<decltype(M)>::Type;
  FieldInfo f = detail::make_field<M>("", Place::kGroup, {.required = false});
  f.group = &detail::shape_of<T>;
  return f;
}

template <class... F>
constexpr std::array<FieldInfo, sizeof...(F)> fields(F... f) {
  return {f...};
}

}  // namespace coffer::protocol
