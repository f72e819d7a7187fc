#pragma once
// The values that condition operators compare: numbers, dates, address ranges.
#include <optional>
#include <string_view>

#include "authz/statement.h"
#include "base/clock.h"

namespace coffer::authz {

std::optional<double> parse_number(std::string_view text);  // decimal, finite
// parse_date reads the W3C forms of ISO 8601 (a date, minutes, seconds, a fraction; Z or an offset)
// or seconds since 1970.
std::optional<UnixMs> parse_date(std::string_view text);
std::optional<Cidr> parse_cidr(
    std::string_view text);  // IPv4 or IPv6; without a prefix: one address
bool contains(const Cidr& range, const std::array<uint8_t, 16>& address);
bool is_broad(const Cidr& range);  // wider than IPv4 /8 or IPv6 /32: counts as everybody

}  // namespace coffer::authz
