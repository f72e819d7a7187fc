#include "store/rados/rados_keys.h"

#include <gtest/gtest.h>

#include "store/embedded/format_file.h"

namespace coffer::store::rados {
namespace {

BlobRef ref_of_ones() {
  Id128 id;
  id.fill(1);
  return {"z", encode_locator(id), 300};
}

TEST(RadosKeys, Golden) {
  const Bytes locator = "\x72" + Bytes(16, '\x01');
  const Bytes ref = "\x01z\x11" + locator + "\xac\x02";
  EXPECT_EQ(ref_of_ones().locator, locator);
  EXPECT_EQ(omap_key(Kind::kRow, "k"), "rk");
  EXPECT_EQ(omap_key(Kind::kBody, "k"), "bk");
  EXPECT_EQ(counter_key(Bytes("a\0", 2), 5), Bytes("ca\0\xff\0\x01\0\0\0\0\0\0\0\x05", 14));
  EXPECT_EQ(encode_count(-2), Bytes(7, '\xff') + "\xfe");
  EXPECT_EQ(encode_link(ref_of_ones()), "\x01" + ref);
  EXPECT_EQ(encode(Garbage{258, ref_of_ones()}), Bytes("\x01\0\0\0\0\0\0\x01\x02", 9) + ref);
  EXPECT_EQ(embedded::encode({1, 1, "coffer", "0123456789abcdef"}, embedded::kRadosKind),
            "coffer-rados 1\nleast-reader 1\nwritten-by coffer\nstore-id 0123456789abcdef\n");
}

TEST(RadosKeys, RoundTrip) {
  for (Bytes name : {Bytes("a"), Bytes("a\0", 2), Bytes("\0\0\x01", 3), Bytes("x/1")})
    EXPECT_EQ(counter_of(counter_key(name, UINT64_MAX)), name);
  EXPECT_LT(counter_key("a", UINT64_MAX), counter_key(Bytes("a\0", 2), 0));
  EXPECT_LT(counter_key("a", UINT64_MAX), counter_key("a!", 0));
  EXPECT_FALSE(counter_of("c"));
  EXPECT_FALSE(counter_of(Bytes("ca\0\x02", 4) + Bytes(8, 'x')));
  EXPECT_EQ(decode_count(encode_count(INT64_MIN)), INT64_MIN);
  EXPECT_FALSE(decode_count("short"));
  auto garbage = decode_garbage(encode(Garbage{258, ref_of_ones()}));
  ASSERT_TRUE(garbage);
  EXPECT_EQ(garbage->due_ms, 258);
  EXPECT_EQ(garbage->ref, ref_of_ones());
}

}  // namespace
}  // namespace coffer::store::rados
