#include "protocol/shape.h"

#include <gtest/gtest.h>

namespace coffer::protocol {
namespace {

struct Inner {
  std::string key;
  std::optional<int64_t> value;
  static constexpr auto shape() {
    return fields(body<&Inner::key>("Key"), body<&Inner::value>("Value"));
  }
};
struct Joined {
  std::optional<std::string> sse;
  static constexpr auto shape() {
    return fields(header<&Joined::sse>("x-amz-server-side-encryption"));
  }
};
struct Every {
  std::string text;
  bool flag = false;
  int64_t number = 0;
  double real = 0;
  Timestamp time;
  Blob blob;
  Secret secret;
  Inner inner;
  std::vector<Inner> inners;
  std::vector<std::string> texts;
  std::map<std::string, std::string> map;
  std::map<std::string, int64_t> counts;
  std::optional<std::string> maybe_text;
  std::optional<Inner> maybe_inner;
  std::optional<std::vector<std::string>> maybe_texts;
  std::optional<Secret> maybe_secret;
  Joined joined;
  static constexpr auto shape() {
    return fields(path<&Every::text>("Text"), query<&Every::flag>("flag"),
                  body<&Every::number>("Number", {.min = 1}), body<&Every::real>("Real"),
                  body<&Every::time>("Time"), body<&Every::blob>("Blob"),
                  body<&Every::secret>("Secret"), body<&Every::inner>("Inner"),
                  body<&Every::inners>("Inners"), body<&Every::texts>("Texts"),
                  prefix_headers<&Every::map>("x-amz-meta-"), body<&Every::counts>("Counts"),
                  header<&Every::maybe_text>("maybe"), body<&Every::maybe_inner>("MaybeInner"),
                  body<&Every::maybe_texts>("MaybeTexts"),
                  body<&Every::maybe_secret>("MaybeSecret"), group<&Every::joined>());
  }
};

TEST(Shape, DescribesEveryKindOfMember) {
  static constexpr auto shape = Every::shape();
  static constexpr Kind kinds[] = {
      Kind::kString, Kind::kBool,   Kind::kInt,  Kind::kDouble, Kind::kTimestamp, Kind::kBlob,
      Kind::kSecret, Kind::kStruct, Kind::kList, Kind::kList,   Kind::kStringMap, Kind::kIntMap,
      Kind::kString, Kind::kStruct, Kind::kList, Kind::kSecret, Kind::kStruct};
  ASSERT_EQ(shape.size(), std::size(kinds));
  for (size_t i = 0; i < shape.size(); ++i)
    EXPECT_EQ(shape[i].type->kind, kinds[i]) << shape[i].name;
  EXPECT_TRUE(shape[0].required);
  EXPECT_FALSE(shape[7].required);
  EXPECT_FALSE(shape[12].required);
}

TEST(Shape, ReachesValuesThroughTheirTypes) {
  static constexpr auto shape = Every::shape();
  Every every;
  const FieldInfo& list = shape[8];
  auto* item = static_cast<Inner*>(list.type->append(list.member(&every)));
  item->key = "k";
  EXPECT_EQ(list.type->size(list.const_member(&every)), 1u);
  EXPECT_EQ(every.inners[0].key, "k");
  EXPECT_EQ(list.type->element->shape().size(), 2u);
  const FieldInfo& maybe = shape[13];
  EXPECT_FALSE(maybe.type->present(maybe.const_member(&every)));
  static_cast<Inner*>(maybe.type->emplace(maybe.member(&every)))->key = "m";
  EXPECT_EQ(every.maybe_inner->key, "m");
  EXPECT_EQ(shape[16].group()[0].name, "x-amz-server-side-encryption");
}

}  // namespace
}  // namespace coffer::protocol
