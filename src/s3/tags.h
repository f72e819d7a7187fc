#pragma once
// Tags of objects and buckets. Source: S3 User Guide, "Categorizing your storage using tags";
// recorded answers for the words.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace coffer::s3 {

using Tags = std::map<std::string, std::string>;
using TagList = std::vector<std::pair<std::string, std::string>>;

constexpr size_t kObjectTagsMax = 10, kBucketTagsMax = 50;

// make_tags holds the tags that a client sent against the rules: 1 to 128 characters a key, up to
// 256 a value, letters, digits, blanks and + - = . _ : / @, each key once, none that begins with
// "aws:". Errors: InvalidTag; BadRequest, more than `max`.
Result<Tags> make_tags(const TagList& sent, size_t max);

}  // namespace coffer::s3
