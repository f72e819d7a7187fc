#include "authz/policy_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace coffer::authz {

namespace {

constexpr size_t kDepthMax = 32;

// TreeBuilder receives the parser's events. A `false` stops the parser.
class TreeBuilder {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  bool null() { return scalar(Json::Kind::kNull, ""); }
  bool boolean(bool value) { return scalar(Json::Kind::kBool, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) {
    return scalar(Json::Kind::kNumber, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) {
    return scalar(Json::Kind::kNumber, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& text) {
    return scalar(Json::Kind::kNumber, text);
  }
  bool string(string_t& text) { return scalar(Json::Kind::kString, std::move(text)); }
  bool binary(binary_t&) { return false; }
  bool start_object(size_t) { return open(Json::Kind::kObject); }
  bool start_array(size_t) { return open(Json::Kind::kArray); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(string_t& name) {
    Level& level = levels_.back();
    if (!level.keys.insert(name).second) return false;
    level.value.members.push_back({std::move(name), Json{}});
    return true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

  Json take() { return std::move(root_); }

 private:
  struct Level {
    Json value;
    std::unordered_set<std::string> keys;
  };

  bool scalar(Json::Kind kind, std::string text) {
    return place(Json{kind, std::move(text), {}, {}});
  }
  bool open(Json::Kind kind) {
    if (levels_.size() == kDepthMax) return false;
    levels_.push_back({Json{kind, {}, {}, {}}, {}});
    return true;
  }
  bool close() {
    Json done = std::move(levels_.back().value);
    levels_.pop_back();
    return place(std::move(done));
  }
  bool place(Json value) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (Json& parent = levels_.back().value; parent.is_array()) {
      parent.items.push_back(std::move(value));
    } else {
      parent.members.back().value = std::move(value);
    }
    return true;
  }

  std::vector<Level> levels_;
  Json root_;
};

}  // namespace

const Json* Json::member(std::string_view name) const {
  auto it = std::find_if(members.begin(), members.end(),
                         [&](const auto& entry) { return entry.name == name; });
  return it == members.end() ? nullptr : &it->value;
}

std::optional<Json> parse_json(std::string_view text) {
  TreeBuilder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) return std::nullopt;
  return builder.take();
}

}  // namespace coffer::authz
