#include "base/wire.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/random.h"

namespace coffer {
namespace {

TEST(Wire, GoldenBytes) {
  Writer out;
  out.u8(1)
      .u16(0x0203)
      .u32(0x04050607)
      .u64(0x08090a0b0c0d0e0f)
      .varint(0)
      .varint(127)
      .varint(128)
      .varint(300);
  out.bytes("ab").raw("cd").varint(UINT64_MAX);
  EXPECT_EQ(hex(out.view()),
            "0102030405060708090a0b0c0d0e0f007f8001ac020261626364ffffffffffffffffff01");

  const Bytes bytes = out.take();
  Reader in(bytes);
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16(), 0x0203);
  EXPECT_EQ(in.u32(), 0x04050607U);
  EXPECT_EQ(in.u64(), 0x08090a0b0c0d0e0fU);
  for (uint64_t v : {0, 127, 128, 300}) EXPECT_EQ(in.varint(), v);
  EXPECT_EQ(in.str(), "ab");
  EXPECT_EQ(in.raw(2), "cd");
  EXPECT_FALSE(in.done());
  EXPECT_EQ(in.varint(), UINT64_MAX);
  EXPECT_TRUE(in.done());
}

TEST(Wire, FixedBytes) {
  SeededRandom random(2);
  const Id128 id = random.id128();
  const Bytes bytes = Writer().raw(id.view()).take();
  Reader in(bytes);
  EXPECT_EQ(in.fixed<Id128>(), id);
  EXPECT_TRUE(in.done());
  EXPECT_EQ(in.fixed<Id128>(), Id128{});
  EXPECT_FALSE(in.ok());
}

TEST(Wire, VarintRefusesOtherForms) {
  for (auto text : {"", "80", "8000", "ff00", "ffffffffffffffffff02", "ffffffffffffffffffff01",
                    "80808080808080808000", "ffffffffffffffffff81"}) {
    const Bytes bytes = *unhex(text);
    Reader in(bytes);
    EXPECT_EQ(in.varint(), 0U) << text;
    EXPECT_FALSE(in.ok()) << text;
  }
}

TEST(Wire, AfterAFailureAllIsEmpty) {
  Reader in(
      "\x05"
      "abc");
  EXPECT_EQ(in.bytes(), "");
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.left(), 0U);
  EXPECT_EQ(in.u8(), 0);
  EXPECT_EQ(in.raw(0), "");
  EXPECT_FALSE(in.done());
}

TEST(Wire, CountRefusesWhatCannotBeThere) {
  const Bytes three = Writer().varint(3).raw("aabbcc").take();
  EXPECT_EQ(Reader(three).count(), 3U);
  EXPECT_EQ(Reader(three).count(2), 3U);
  Reader in(three);
  EXPECT_EQ(in.count(3), 0U);
  EXPECT_FALSE(in.ok());
  const Bytes huge = Writer().varint(UINT64_MAX).raw("x").take();
  Reader overflow(huge);
  EXPECT_EQ(overflow.count(SIZE_MAX), 0U);
  EXPECT_FALSE(overflow.ok());
}

// The input lies in a block of its own size, so that the address sanitizer sees any byte read
// beyond it.
TEST(Wire, ReaderStaysInside) {
  SeededRandom random(3);
  for (int round = 0; round < 20000; ++round) {
    const size_t size = random.u64() % 40;
    std::vector<char> block(size);
    random.fill(block);
    const ByteView input(block.data(), size);
    Reader in(input);
    while (in.ok() && in.left() > 0) {
      ByteView got;
      switch (random.u64() % 8) {
        case 0:
          in.u8();
          break;
        case 1:
          in.u16();
          break;
        case 2:
          in.u32();
          break;
        case 3:
          in.u64();
          break;
        case 4:
          in.varint();
          break;
        case 5:
          got = in.raw(random.u64() % 16);
          break;
        case 6:
          got = in.bytes();
          break;
        default:
          EXPECT_LE(in.count(1 + random.u64() % 4), size);
          break;
      }
      ASSERT_LE(in.left(), size);
      if (!got.empty()) {
        ASSERT_GE(got.data(), input.data());
        ASSERT_LE(got.data() + got.size(), input.data() + size);
      }
    }
  }
}

}  // namespace
}  // namespace coffer
