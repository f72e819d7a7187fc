#pragma once
// Text forms of bytes. Decoders refuse what is not exactly the form; none allocates more than its
// input's size.
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace coffer {

std::string hex(ByteView bytes);                       // lower case
std::optional<Bytes> unhex(std::string_view text);     // either case
std::string base64(ByteView bytes);                    // RFC 4648 section 4, padded
std::optional<Bytes> unbase64(std::string_view text);  // padding required
std::string base64url(ByteView bytes);                 // RFC 4648 section 5, no padding
std::optional<Bytes> unbase64url(std::string_view text);
std::string base32(ByteView bytes);  // RFC 4648 section 6, no padding
std::optional<Bytes> unbase32(std::string_view text);

// url_encode keeps A-Za-z0-9-_.~ and, where `keep_slash`, '/'. url_decode answers nullopt for a
// broken %XX; `plus_is_space` is for form bodies.
std::string url_encode(std::string_view text, bool keep_slash = false);
void append_url_encoded(std::string& out, std::string_view text,
                        bool keep_slash = false);  // behind what `out` holds
// find_escape answers where the first '%' (or '+', where that counts) stands, else the size.
size_t find_escape(std::string_view text, bool plus_too);
std::optional<std::string> url_decode(std::string_view text, bool plus_is_space = false);

bool is_utf8(std::string_view text);       // well-formed UTF-8, no surrogates
std::string lower(std::string_view text);  // ASCII only
bool iequals(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);

// parse_uint takes decimal digits only: no sign, no blank, no overflow.
std::optional<uint64_t> parse_uint(std::string_view text);

}  // namespace coffer
