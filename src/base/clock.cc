#include "base/clock.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace coffer {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  int64_t year = 0;
  int month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
  int weekday = 0;  // 0 is Sunday
};

// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
int64_t days_from_civil(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

// Times far outside the calendar's four-digit years are cut to its ends.
Civil civil(UnixMs t) {
  constexpr UnixMs kYear0 = -62'167'219'200'000, kYear9999 = 253'402'300'799'999;
  t = std::clamp(t, kYear0, kYear9999);
  int64_t days = t / kDayMs - (t % kDayMs < 0);
  const int64_t in_day = t - days * kDayMs;
  Civil c;
  c.ms = static_cast<int>(in_day % 1000);
  c.second = static_cast<int>(in_day / 1000 % 60);
  c.minute = static_cast<int>(in_day / 60'000 % 60);
  c.hour = static_cast<int>(in_day / 3'600'000);
  c.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t of_era = days - era * 146097;
  const int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
  const int64_t march_month = (5 * of_year + 2) / 153;
  c.day = static_cast<int>(of_year - (153 * march_month + 2) / 5 + 1);
  c.month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  c.year = years + era * 400 + (c.month <= 2);
  return c;
}

std::optional<UnixMs> to_unix_ms(const Civil& c) {
  static constexpr std::array<int, 12> kLengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (c.month < 1 || c.month > 12 || c.hour > 23 || c.minute > 59 || c.second > 59)
    return std::nullopt;
  const bool leap = (c.year % 4 == 0 && c.year % 100 != 0) || c.year % 400 == 0;
  if (c.day < 1 || c.day > kLengths[c.month - 1] + (c.month == 2 && leap)) return std::nullopt;
  const int64_t seconds = c.hour * 3600 + c.minute * 60 + c.second;
  return days_from_civil(c.year, c.month, c.day) * kDayMs + seconds * 1000 + c.ms;
}

// Cursor takes a text apart from its left; after the first thing that is not as expected, nothing
// matches any more.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  int digits(size_t n) {
    int value = 0;
    if (text_.size() < n) return fail();
    for (size_t i = 0; i < n; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return fail();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(n);
    return value;
  }
  bool skip_if(std::string_view expected) {
    if (!ok_ || !text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  void expect(std::string_view expected) {
    if (!skip_if(expected)) fail();
  }
  template <size_t N>
  int name(const std::array<std::string_view, N>& names, size_t prefix) {
    for (size_t i = 0; i < N; ++i) {
      if (skip_if(names[i].substr(0, prefix))) return static_cast<int>(i);
    }
    return fail();
  }
  bool at_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  bool done() const { return ok_ && text_.empty(); }
  int fail() {
    ok_ = false;
    text_ = {};
    return 0;
  }

 private:
  std::string_view text_;
  bool ok_ = true;
};

void read_time(Cursor& in, Civil& c) {
  c.hour = in.digits(2);
  in.expect(":");
  c.minute = in.digits(2);
  in.expect(":");
  c.second = in.digits(2);
}

void read_fraction(Cursor& in, Civil& c) {
  if (!in.skip_if(".")) return;
  int scale = 100, count = 0;
  for (; in.at_digit(); ++count, scale /= 10) c.ms += in.digits(1) * scale;
  if (count < 1 || count > 9) in.fail();
}

std::optional<UnixMs> finish(const Cursor& in, const Civil& c) {
  if (!in.done()) return std::nullopt;
  return to_unix_ms(c);
}

// RFC 9110 section 5.6.7: a two-digit year that seems more than 50 years ahead is the latest past
// one with these digits.
int64_t full_year(int two_digits) {
  const int64_t now = civil(Clock().wall_ms()).year;
  int64_t year = now - now % 100 + two_digits;
  return year > now + 50 ? year - 100 : year;
}

std::optional<UnixMs> parse_imf_fixdate(std::string_view text) {  // Sun, 06 Nov 1994 08:49:37 GMT
  Cursor in(text);
  Civil c;
  in.name(kDays, 3);
  in.expect(", ");
  c.day = in.digits(2);
  in.expect(" ");
  c.month = in.name(kMonths, 3) + 1;
  in.expect(" ");
  c.year = in.digits(4);
  in.expect(" ");
  read_time(in, c);
  in.expect(" GMT");
  return finish(in, c);
}

std::optional<UnixMs> parse_rfc850_date(std::string_view text) {  // Sunday, 06-Nov-94 08:49:37 GMT
  Cursor in(text);
  Civil c;
  in.name(kDays, std::string_view::npos);
  in.expect(", ");
  c.day = in.digits(2);
  in.expect("-");
  c.month = in.name(kMonths, 3) + 1;
  in.expect("-");
  c.year = full_year(in.digits(2));
  in.expect(" ");
  read_time(in, c);
  in.expect(" GMT");
  return finish(in, c);
}

std::optional<UnixMs> parse_asctime_date(std::string_view text) {  // Sun Nov  6 08:49:37 1994
  Cursor in(text);
  Civil c;
  in.name(kDays, 3);
  in.expect(" ");
  c.month = in.name(kMonths, 3) + 1;
  in.expect(" ");
  c.day = in.skip_if(" ") ? in.digits(1) : in.digits(2);
  in.expect(" ");
  read_time(in, c);
  in.expect(" ");
  c.year = in.digits(4);
  return finish(in, c);
}

int64_t now_ns(clockid_t which) {
  timespec ts{};
  ::clock_gettime(which, &ts);
  return ts.tv_sec * 1'000'000'000LL + ts.tv_nsec;
}

// put_digits writes `value` over out[at, at+width).
void put_digits(std::string& out, size_t at, int value, size_t width) {
  for (size_t i = width; i-- > 0; value /= 10) out[at + i] = static_cast<char>('0' + value % 10);
}

}  // namespace

UnixMs Clock::wall_ms() const { return now_ns(CLOCK_REALTIME) / 1'000'000; }
int64_t Clock::monotonic_ns() { return now_ns(CLOCK_MONOTONIC); }
int64_t Clock::monotonic_ms() { return monotonic_ns() / 1'000'000; }

std::string iso8601(UnixMs t) {
  Civil c = civil(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour,
                     c.minute, c.second);
}

std::string iso8601_ms(UnixMs t) {
  Civil c = civil(t);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.hour,
                     c.minute, c.second, c.ms);
}

std::string http_date(UnixMs t) {
  Civil c = civil(t);
  if (c.year >= 0 && c.year <= 9999) {  // every answer takes one
    std::string out = "Day, 00 Mon 0000 00:00:00 GMT";
    out.replace(0, 3, kDays[c.weekday].substr(0, 3));
    put_digits(out, 5, c.day, 2);
    out.replace(8, 3, kMonths[c.month - 1].substr(0, 3));
    put_digits(out, 12, static_cast<int>(c.year), 4);
    put_digits(out, 17, c.hour, 2);
    put_digits(out, 20, c.minute, 2);
    put_digits(out, 23, c.second, 2);
    return out;
  }
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[c.weekday].substr(0, 3),
                     c.day, kMonths[c.month - 1], c.year, c.hour, c.minute, c.second);
}

std::string basic_date_time(UnixMs t) {
  Civil c = civil(t);
  if (c.year < 0 || c.year > 9999)
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", c.year, c.month, c.day, c.hour, c.minute,
                       c.second);
  std::string out = "00000000T000000Z";  // every signed request takes one
  put_digits(out, 0, static_cast<int>(c.year), 4);
  put_digits(out, 4, c.month, 2);
  put_digits(out, 6, c.day, 2);
  put_digits(out, 9, c.hour, 2);
  put_digits(out, 11, c.minute, 2);
  put_digits(out, 13, c.second, 2);
  return out;
}

std::optional<UnixMs> parse_iso8601(std::string_view text) {
  Cursor in(text);
  Civil c;
  c.year = in.digits(4);
  in.expect("-");
  c.month = in.digits(2);
  in.expect("-");
  c.day = in.digits(2);
  in.expect("T");
  read_time(in, c);
  read_fraction(in, c);
  int64_t offset_ms = 0;
  if (!in.skip_if("Z")) {
    const bool east = in.skip_if("+");
    if (!east) in.expect("-");
    const int hours = in.digits(2);
    in.expect(":");
    const int minutes = in.digits(2);
    if (hours > 23 || minutes > 59) in.fail();
    offset_ms = (east ? 1 : -1) * (hours * 60 + minutes) * 60'000LL;
  }
  auto local = finish(in, c);
  if (!local) return std::nullopt;
  return *local - offset_ms;
}

// The weekday's name need not fit the date: clients err there, and RFC 9110 gives it no meaning.
std::optional<UnixMs> parse_http_date(std::string_view text) {
  if (auto t = parse_imf_fixdate(text)) return t;
  if (auto t = parse_rfc850_date(text)) return t;
  return parse_asctime_date(text);
}

std::optional<UnixMs> parse_basic_date_time(std::string_view text) {
  Cursor in(text);
  Civil c;
  c.year = in.digits(4);
  c.month = in.digits(2);
  c.day = in.digits(2);
  in.expect("T");
  c.hour = in.digits(2);
  c.minute = in.digits(2);
  c.second = in.digits(2);
  in.expect("Z");
  return finish(in, c);
}

}  // namespace coffer
