#include "authz/matcher.h"

#include "base/encoding.h"

namespace coffer::authz {

namespace {

size_t next_code_point(std::string_view text, size_t at) {
  do {
    ++at;
  } while (at < text.size() && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80);
  return at;
}

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

void append_literal(std::string& out, std::string_view text, PatternOptions options) {
  for (char c : text) {
    if (options.wildcards && c == '*') {
      if (out.empty() || out.back() != kAnyRun) out.push_back(kAnyRun);
    } else if (options.wildcards && c == '?') {
      out.push_back(kAnyChar);
    } else {
      out.push_back(options.ignore_case ? lower_char(c) : c);
    }
  }
}

struct VariableText {
  std::string_view key;
  std::optional<std::string_view> fallback;
};

// parse_variable reads what stands between "${" and "}": KEY or KEY, 'DEFAULT'.
std::optional<VariableText> parse_variable(std::string_view inside) {
  const size_t comma = inside.find(',');
  if (comma == std::string_view::npos) {
    if (inside.empty()) return std::nullopt;
    return VariableText{inside, std::nullopt};
  }
  const std::string_view key = trim(inside.substr(0, comma)), rest = trim(inside.substr(comma + 1));
  if (key.empty() || rest.size() < 2 || !rest.starts_with('\'') || !rest.ends_with('\''))
    return std::nullopt;
  return VariableText{key, rest.substr(1, rest.size() - 2)};
}

bool is_escape(std::string_view inside) { return inside == "*" || inside == "?" || inside == "$"; }

}  // namespace

bool wildcard_match(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, after_star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kAnyRun) {
      after_star = ++p;
      star_text = t;
      if (p == pattern.size()) return true;
    } else if (p < pattern.size() && pattern[p] == kAnyChar) {
      ++p;
      t = next_code_point(text, t);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == kAnyRun) ++p;
  return p == pattern.size();
}

std::optional<Pattern> Pattern::compile(std::string_view text, PatternOptions options) {
  Pattern out;
  out.ignore_case_ = options.ignore_case;
  while (true) {
    const size_t open = options.variables ? text.find("${") : std::string_view::npos;
    append_literal(out.text_, text.substr(0, open), options);
    if (open == std::string_view::npos) break;
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(open + 2, close - open - 2);
    text.remove_prefix(close + 1);
    if (is_escape(inside)) {
      out.text_.push_back(inside[0]);
      continue;
    }
    auto variable = parse_variable(inside);
    if (!variable) return std::nullopt;
    Part part{std::move(out.text_), ConditionKey::of(variable->key), std::nullopt};
    if (variable->fallback) part.fallback = std::string(*variable->fallback);
    out.parts_.push_back(std::move(part));
    out.text_.clear();
  }
  if (!out.parts_.empty()) {
    out.parts_.push_back(Part{std::move(out.text_), {}, std::nullopt});
    out.text_.clear();
    out.form_ = Form::kWild;
  } else {
    out.classify();
  }
  return out;
}

void Pattern::classify() {
  const size_t wild = text_.find_first_of(std::string_view("\xff\xfe", 2));
  if (wild == std::string::npos) {
    form_ = Form::kExact;
  } else if (text_[wild] == kAnyRun && wild + 1 == text_.size()) {
    form_ = wild == 0 ? Form::kAny : Form::kPrefix;
  } else {
    form_ = Form::kWild;
  }
}

std::optional<std::string_view> Pattern::expand(const Facts& facts, std::string& scratch) const {
  if (parts_.empty()) return text_;
  scratch.clear();
  for (const Part& part : parts_) {
    scratch += part.literal;
    if (part.key.name.empty()) continue;
    std::optional<std::string_view> value = facts.single(part.key);
    if (!value && part.fallback) value = *part.fallback;
    if (!value || value->find_first_of(std::string_view("\xff\xfe", 2)) != std::string_view::npos)
      return std::nullopt;
    if (ignore_case_) {
      scratch += lower(*value);
    } else {
      scratch += *value;
    }
  }
  return scratch;
}

bool Pattern::match_text(std::string_view text) const {
  switch (form_) {
    case Form::kAny:
      return true;
    case Form::kExact:
      return text == text_;
    case Form::kPrefix:
      return text.starts_with(std::string_view(text_).substr(0, text_.size() - 1));
    case Form::kWild:
      return wildcard_match(text_, text);
  }
  return false;
}

Match Pattern::match(std::string_view text, const Facts& facts) const {
  std::string lowered;
  if (ignore_case_) {
    lowered = lower(text);
    text = lowered;
  }
  if (parts_.empty()) return match_text(text) ? Match::kYes : Match::kNo;
  std::string scratch;
  auto pattern = expand(facts, scratch);
  if (!pattern) return Match::kUnresolved;
  return wildcard_match(*pattern, text) ? Match::kYes : Match::kNo;
}

}  // namespace coffer::authz
