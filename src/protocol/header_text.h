#pragma once
// Header values: safe against splitting, and mail-safe where they are not ASCII, as S3 sends user
// metadata (RFC 2047).
#include <string>
#include <string_view>

namespace coffer::protocol {

// header_safe turns control characters into blanks.
std::string header_safe(std::string_view text);
// encode_words answers printable ASCII as it is, and anything else as one =?UTF-8?B?…?= word.
std::string encode_words(std::string_view text);
// decode_words undoes the =?UTF-8?B?…?= and =?UTF-8?Q?…?= words of a value; what is not one stays
// as sent.
std::string decode_words(std::string_view text);

}  // namespace coffer::protocol
