#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace coffer {
namespace {

TEST(Encoding, KnownBase64) {  // RFC 4648 section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xfb\xff"), "-_8");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(base32("foob"), "MZXW6YQ");
  EXPECT_EQ(hex("\x01\xab"), "01ab");
}

TEST(Encoding, RoundTrips) {
  SeededRandom random(1);
  for (size_t n = 0; n < 200; ++n) {
    const Bytes bytes = random.bytes(n);
    EXPECT_EQ(unhex(hex(bytes)), bytes);
    EXPECT_EQ(unbase64(base64(bytes)), bytes);
    EXPECT_EQ(unbase64url(base64url(bytes)), bytes);
    EXPECT_EQ(unbase32(base32(bytes)), bytes);
    EXPECT_EQ(url_decode(url_encode(bytes)), bytes);
    EXPECT_EQ(url_decode(url_encode(bytes, true)), bytes);
  }
}

TEST(Encoding, DecodersRefuseOtherForms) {
  for (auto text :
       {"Zg", "Zg=", "Zg===", "====", "A===", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Zm9v=", "Zm-v"}) {
    EXPECT_EQ(unbase64(text), std::nullopt) << text;
  }
  for (auto text : {"A", "Zg==", "Zh", "Zm9", "+_8A"})
    EXPECT_EQ(unbase64url(text), std::nullopt) << text;
  for (auto text : {"A", "MZX", "mzxw", "MZ======", "MZXW6Z", "M1"})
    EXPECT_EQ(unbase32(text), std::nullopt) << text;
  for (auto text : {"0", "0g", "0x01", " 01"}) EXPECT_EQ(unhex(text), std::nullopt) << text;
  EXPECT_EQ(unhex("AbCd"), "\xab\xcd");
}

TEST(Encoding, Url) {
  EXPECT_EQ(url_encode("a b/c~d+\xc3\xa9"), "a%20b%2Fc~d%2B%C3%A9");
  EXPECT_EQ(url_encode("a/b c", true), "a/b%20c");
  EXPECT_EQ(url_decode("a+b%2b"), "a+b+");
  EXPECT_EQ(url_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(url_decode("%00"), std::string(1, '\0'));
  for (auto text : {"%", "%2", "a%2", "%g0", "%0g", "%%20"})
    EXPECT_EQ(url_decode(text), std::nullopt) << text;
}

TEST(Encoding, Utf8) {
  for (auto text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf",
                    "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (auto text :
       {"\x80", "\xc3", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xe2\x28\xa1", "\xff"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Encoding, Text) {
  EXPECT_EQ(lower("AbC-\xc3\x89"), "abc-\xc3\x89");
  EXPECT_TRUE(iequals("Content-Type", "content-TYPE"));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("[", "{"));
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(parse_uint("0"), 0U);
  EXPECT_EQ(parse_uint("18446744073709551615"), UINT64_MAX);
  for (auto text :
       {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616", "99999999999999999999"}) {
    EXPECT_EQ(parse_uint(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace coffer
