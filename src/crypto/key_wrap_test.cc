#include "crypto/key_wrap.h"

#include "crypto/testing/vectors.h"

namespace coffer::crypto {
namespace {

std::optional<Bytes> wrap(bool pad, const Secret& kek, const Secret& key) {
  return pad ? kwp_wrap(kek, key) : kw_wrap(kek, key);
}
std::optional<Secret> unwrap(bool pad, const Secret& kek, ByteView wrapped) {
  return pad ? kwp_unwrap(kek, wrapped) : kw_unwrap(kek, wrapped);
}

TEST(KeyWrap, Nist) {
  size_t wrapped = 0, unwrapped = 0, refused = 0;
  for (auto v : read_rsp("key_wrap.rsp")) {
    const bool pad = v["KIND"] == "KWP";
    const Secret kek = unhexed_secret(v["K"]);
    if (v["WAY"] == "AE") {
      auto out = wrap(pad, kek, unhexed_secret(v["P"]));
      ASSERT_TRUE(out);
      EXPECT_EQ(hex(*out), v["C"]);
      ++wrapped;
      continue;
    }
    auto out = unwrap(pad, kek, unhexed(v["C"]));
    EXPECT_EQ(out.has_value(), !v.contains("FAIL"));
    if (out) EXPECT_EQ(hex_of(*out), v["P"]);
    ++(out ? unwrapped : refused);
  }
  EXPECT_EQ(wrapped, 180U);
  EXPECT_EQ(unwrapped, 180U);
  EXPECT_EQ(refused, 180U);
}

void wycheproof(const std::string& file, bool pad, size_t count) {
  size_t run = 0;
  for_each_wycheproof(file, [&](const auto&, const auto& test) {
    ++run;
    const Secret kek = unhexed_secret(test["key"].template get<std::string>());
    const Secret key = unhexed_secret(test["msg"].template get<std::string>());
    const Bytes wrapped = unhexed(test["ct"].template get<std::string>());
    auto out = unwrap(pad, kek, wrapped);
    // "acceptable": keys shorter than 16 bytes, which kwp takes and kw refuses.
    if (test["result"] == "invalid" || (test["result"] == "acceptable" && !pad)) {
      EXPECT_FALSE(out);
      return;
    }
    ASSERT_TRUE(out);
    EXPECT_TRUE(equal_ct(*out, key));
    EXPECT_EQ(wrap(pad, kek, key), wrapped);
  });
  EXPECT_EQ(run, count);
}

TEST(KeyWrap, WycheproofKw) { wycheproof("wycheproof_aes_kw.json", false, 165); }
TEST(KeyWrap, WycheproofKwp) { wycheproof("wycheproof_aes_kwp.json", true, 254); }

TEST(KeyWrap, Rfc3394) {  // section 4.6
  const Secret kek =
      unhexed_secret("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
  const Secret key =
      unhexed_secret("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
  EXPECT_EQ(hex(*kw_wrap(kek, key)),
            "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
}

TEST(KeyWrap, Rfc5649) {  // section 6
  const Secret kek = unhexed_secret("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8");
  EXPECT_EQ(hex(*kwp_wrap(kek, unhexed_secret("c37b7e6492584340bed12207808941155068f738"))),
            "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a");
  EXPECT_EQ(hex(*kwp_wrap(kek, unhexed_secret("466f7250617369"))),
            "afbeb0f07dfbf5419200f2ccb50bb24f");
}

TEST(KeyWrap, Lengths) {
  const Secret kek(32);
  for (size_t n : {0, 8, 15, 17, 20}) EXPECT_FALSE(kw_wrap(kek, Secret(n)));
  for (size_t n : {0, 8, 16, 23, 25}) EXPECT_FALSE(kw_unwrap(kek, Bytes(n, 'x')));
  for (size_t n : {0, 8, 15, 17}) EXPECT_FALSE(kwp_unwrap(kek, Bytes(n, 'x')));
  EXPECT_FALSE(kwp_wrap(kek, Secret()));
  for (size_t n = 1; n < 70; ++n) {
    auto wrapped = kwp_wrap(kek, Secret(n));
    ASSERT_TRUE(wrapped);
    auto back = kwp_unwrap(kek, *wrapped);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->size(), n);
  }
}

}  // namespace
}  // namespace coffer::crypto
