#include "net/http.h"

#include "base/encoding.h"

namespace coffer::net {

namespace {
constexpr size_t kSpareValueBytesMax = 1024;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Header& h : list_) {
    if (h.name.size() == name.size() && iequals(h.name, name)) return h.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const Header& h : list_) {
    if (iequals(h.name, name)) out.push_back(h.value);
  }
  return out;
}

void Headers::set(std::string_view name, std::string value) {
  erase(name);
  list_.push_back({std::string(name), std::move(value)});
}

void Headers::erase(std::string_view name) {
  std::erase_if(list_, [&](const Header& h) { return iequals(h.name, name); });
}

void Headers::clear() {
  for (Header& h : list_) {
    if (h.value.capacity() <= kSpareValueBytesMax) spare_.push_back(std::move(h));
  }
  list_.clear();
}

void Headers::add_copy(std::string_view name, std::string_view value) {
  if (spare_.empty()) {
    list_.push_back({std::string(name), std::string(value)});
    return;
  }
  list_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  list_.back().name.assign(name);
  list_.back().value.assign(value);
}

}  // namespace coffer::net
