// The bytes of docs/formats/store.md and docs/formats/segment_file.md.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "store/embedded/db.h"
#include "store/embedded/format_file.h"
#include "store/embedded/keys.h"
#include "store/embedded/segment_format.h"

namespace coffer::store::embedded {
namespace {

const Spot kSpot{"z1", 0x0102030405060708, 0x1112131415161718, 0x21222324};

TEST(StoreFormat, RowKeys) {
  EXPECT_EQ(hex(row_key({"names/07"}, "a\xff")), "086e616d65732f303761ff");
  EXPECT_EQ(partition_of(row_key({"names/07"}, "a")), "names/07");
  EXPECT_EQ(rest_of(row_key({"names/07"}, "a")), "a");
  EXPECT_EQ(partition_of("\x05 ab"), "");
}

TEST(StoreFormat, Counters) {
  EXPECT_EQ(hex(encode_counter(-2)), "fffffffffffffffe");
  EXPECT_EQ(decode_counter(encode_counter(-2)), -2);
  EXPECT_FALSE(decode_counter("1234567"));
}

TEST(StoreFormat, Locator) {
  Bytes locator = encode_locator(kSpot);
  EXPECT_EQ(hex(locator), "010102030405060708111213141516171821222324");
  auto spot = decode_locator({"z1", locator, 9});
  ASSERT_TRUE(spot);
  EXPECT_EQ(spot->place, "z1");
  EXPECT_EQ(spot->segment, kSpot.segment);
  EXPECT_EQ(spot->blob, kSpot.blob);
  EXPECT_EQ(spot->offset, kSpot.offset);
  EXPECT_FALSE(decode_locator({"z1", locator + "x", 9}));
  EXPECT_FALSE(decode_locator({"z1", "", 9}));
}

TEST(StoreFormat, LinkAndGarbageRows) {
  EXPECT_EQ(hex(link_key(kSpot)), "62027a31010203040506070821222324");
  EXPECT_EQ(link_offset(link_key(kSpot)), kSpot.offset);
  LinkRow row{LinkRow::State::kGarbage, 0x1112131415161718, 300, 1'700'000'000'000};
  EXPECT_EQ(hex(encode(row)), "01021112131415161718ac0280d095ffbc31");
  auto again = decode_link_row(encode(row));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->due_ms, row.due_ms);
  EXPECT_EQ(again->bytes, 300u);
  EXPECT_FALSE(decode_link_row("\x01\x03"));
  Bytes key = garbage_key(1'700'000'000'000, kSpot);
  EXPECT_EQ(hex(key), "670000018bcfe56800027a31010203040506070821222324");
  auto garbage = decode_garbage_key(key);
  ASSERT_TRUE(garbage);
  EXPECT_EQ(garbage->due_ms, 1'700'000'000'000);
  EXPECT_EQ(link_key(garbage->spot), link_key(kSpot));
}

TEST(StoreFormat, FormatFile) {
  Format format{1, 1, "coffer", "0123456789abcdef"};
  std::string text =
      "coffer-store 1\nleast-reader 1\nwritten-by coffer\nstore-id 0123456789abcdef\n";
  EXPECT_EQ(encode(format), text);
  ASSERT_TRUE(decode_format(text));
  EXPECT_EQ(decode_format(text)->store_id, format.store_id);
  for (size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(decode_format(text.substr(0, cut)));
  EXPECT_FALSE(decode_format(text + "more 1\n"));
  EXPECT_FALSE(
      decode_format("coffer-store 1\nleast-reader 2\nwritten-by coffer\n"
                    "store-id 0123456789abcdef\n"));
  EXPECT_TRUE(
      decode_format("coffer-store 3\nleast-reader 2\nwritten-by coffer 9\n"
                    "store-id 0123456789abcdef\nmore 1\n"));
}

TEST(SegmentFormat, Headers) {
  SegmentHeader segment{SegmentHeader::Kind::kOwn, 0x0123456789abcdef, 0x0102030405060708,
                        0x1112131415161718};
  BlobHeader blob{0x1112131415161718, 0x2122232425262728, 300};
  EXPECT_EQ(hex(encode(segment)),
            "636f66725345474d0102"
            "0123456789abcdef"
            "0102030405060708"
            "1112131415161718"
            "6691c3c6" +
                std::string(52, '0'));
  EXPECT_EQ(hex(encode(blob)),
            "636f6672424c4f4201"
            "1112131415161718"
            "2122232425262728"
            "000000000000012c"
            "41679d76" +
                std::string(54, '0'));
  EXPECT_EQ(decode_segment_header(encode(segment)), segment);
  EXPECT_EQ(decode_blob_header(encode(blob)), blob);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
}

TEST(SegmentFormat, EveryChangedBitIsSeen) {
  Bytes blob = encode(BlobHeader{1, 2, 3});
  for (size_t bit = 0; bit < 37 * 8; ++bit) {
    Bytes changed = blob;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(decode_blob_header(changed)) << bit;
  }
  EXPECT_FALSE(decode_blob_header(ByteView(blob).substr(0, 63)));
  EXPECT_FALSE(decode_segment_header(blob));
}

TEST(SegmentFormat, Extents) {
  EXPECT_EQ(extent_bytes(0), 4096u);
  EXPECT_EQ(extent_bytes(4032), 4096u);
  EXPECT_EQ(extent_bytes(4033), 8192u);
}

}  // namespace
}  // namespace coffer::store::embedded
