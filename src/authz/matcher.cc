#include "authz/matcher.h"

#include <cstring>

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

bool is_continuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// match_front matches a segment, which has no '*', at the text's beginning and answers where the
// match ends; npos: it does not match.
size_t match_front(std::string_view segment, std::string_view text) {
  size_t t = 0;
  for (char c : segment) {
    if (t == text.size()) return std::string_view::npos;
    if (c == kAnyChar) {
      t = next_code_point(text, t);
    } else if (text[t++] != c) {
      return std::string_view::npos;
    }
  }
  return t;
}

// match_back tells whether a segment matches at the text's end.
bool match_back(std::string_view segment, std::string_view text) {
  size_t t = text.size();
  for (size_t s = segment.size(); s-- > 0;) {
    if (t == 0) return false;
    --t;
    if (segment[s] == kAnyChar) {
      while (t > 0 && is_continuation(text[t])) --t;
    } else if (text[t] != segment[s]) {
      return false;
    }
  }
  return true;
}

// SegmentScan searches for a segment with '?' by keeping all its partial matches as bits (bit i:
// the first i elements match what was read last): |text| * |segment| / 64 steps, whatever the text
// is.
class SegmentScan {
 public:
  explicit SegmentScan(std::string_view segment)
      : last_(segment.size()),
        words_(segment.size() / 64 + 1),
        takes_(256 * words_),
        after_any_(words_),
        state_(words_) {
    state_[0] = 1;
    for (size_t i = 0; i < segment.size(); ++i) {
      if (segment[i] == kAnyChar) {
        for (size_t c = 0; c < 256; ++c) set(takes_.data() + c * words_, i);
        set(after_any_.data(), i + 1);
      } else {
        set(takes_.data() + static_cast<uint8_t>(segment[i]) * words_, i);
      }
    }
  }

  // find answers where the earliest match ends; npos: there is none.
  size_t find(std::string_view text) {
    for (size_t t = 0; t < text.size(); ++t) {
      const bool inside = is_continuation(text[t]);
      if (has(state_, last_) && !(inside && has(after_any_, last_))) return t;
      step(static_cast<uint8_t>(text[t]), inside);
    }
    return has(state_, last_) ? text.size() : std::string_view::npos;
  }

 private:
  static void set(uint64_t* bits, size_t i) { bits[i / 64] |= uint64_t{1} << (i % 64); }
  static bool has(const std::vector<uint64_t>& bits, size_t i) {
    return (bits[i / 64] >> (i % 64) & 1) != 0;
  }
  // Behind a '?' the rest of its code point is passed over. A match may begin anywhere: bit 0
  // stays.
  void step(uint8_t byte, bool inside) {
    const uint64_t* takes = takes_.data() + byte * words_;
    uint64_t carry = 1;
    for (size_t w = 0; w < words_; ++w) {
      const uint64_t waits = inside ? state_[w] & after_any_[w] : 0;
      const uint64_t moves = state_[w] & ~waits & takes[w];
      state_[w] = (moves << 1) | carry | waits;
      carry = moves >> 63;
    }
  }

  size_t last_, words_;
  std::vector<uint64_t> takes_, after_any_, state_;
};

// find_segment answers where the segment's earliest match ends; npos: there is none. memmem is
// linear, which std::string_view::find is not.
size_t find_segment(std::string_view segment, std::string_view text) {
  if (segment.empty()) return 0;
  if (segment.find(kAnyChar) != std::string_view::npos) return SegmentScan(segment).find(text);
  const void* found = ::memmem(text.data(), text.size(), segment.data(), segment.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<size_t>(static_cast<const char*>(found) - text.data()) + segment.size();
}

}  // namespace

// Between two '*' the earliest match of each segment leaves the most text for the rest, so that no
// choice is ever taken back.
bool wildcard_match(std::string_view pattern, std::string_view text) {
  size_t star = pattern.find(kAnyRun);
  const size_t front = match_front(pattern.substr(0, star), text);
  if (front == std::string_view::npos) return false;
  if (star == std::string_view::npos) return front == text.size();
  text.remove_prefix(front);
  pattern.remove_prefix(star + 1);
  while ((star = pattern.find(kAnyRun)) != std::string_view::npos) {
    const size_t end = find_segment(pattern.substr(0, star), text);
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end);
    pattern.remove_prefix(star + 1);
  }
  return match_back(pattern, text);
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

void Pattern::add_keys(std::set<std::string>& keys) const {
  for (const Part& part : parts_)
    if (!part.key.name.empty()) keys.insert(part.key.name);
}

std::optional<std::string_view> Pattern::expand(const Facts& facts, std::string& scratch) const {
  if (parts_.empty()) return text_;
  scratch.clear();
  for (const Part& part : parts_) {
    // No value that is compared has room for so much text: the rest decides nothing.
    if (scratch.size() > 3 * kValueBytesMax) break;
    scratch += part.literal;
    if (part.key.name.empty()) continue;
    std::optional<std::string_view> value = facts.single(part.key);
    if (!value && part.fallback) value = *part.fallback;
    if (!value || value->size() > kValueBytesMax ||
        value->find_first_of(std::string_view("\xff\xfe", 2)) != std::string_view::npos)
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
