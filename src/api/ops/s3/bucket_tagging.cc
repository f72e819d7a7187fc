// GetBucketTagging, PutBucketTagging and DeleteBucketTagging: up to 50 tags of a bucket. Source:
// docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html and its like.
#include "api/ops/s3/configurations.h"
#include "api/ops/s3/tagging.h"

namespace coffer::api {
namespace {

using namespace s3_ops;

struct GetBucketTagging : OnBucket<GetBucketTagging> {
  using Output = Tagging;
  static constexpr std::string_view kAction = "s3:GetBucketTagging";
  static constexpr OpSpec spec = bucket_read("GetBucketTagging", "tagging", "Tagging");
  static constexpr auto input = Input::shape();
  static constexpr auto output = Output::shape();
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call&) {
    const s3::Tags& tags = s3::configurations(bucket->value).tags;
    if (tags.empty())
      co_return Error{"NoSuchTagSet", "The TagSet does not exist"}.with("BucketName", in->bucket);
    co_return Output{shown_tags(tags)};
  }
};

struct TaggedBucket {
  BucketName at;
  Tagging tagging;
};

struct PutBucketTagging : OnBucket<PutBucketTagging, TaggedBucket> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketTagging";
  static constexpr OpSpec spec = bucket_put("PutBucketTagging", "tagging");
  static constexpr auto input =
      fields(group<&Input::at>(), payload<&Input::tagging>("Tagging", {.required = true}));
  static constexpr auto output = fields();

  static Status validate(const Input& in, const Call&) {
    TRY_OK(tags_of(in.tagging.tags, s3::kBucketTagsMax));
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts bucket, Call& call) {
    CO_TRY(const s3::Tags tags, tags_of(in->tagging.tags, s3::kBucketTagsMax));
    const auto edit = [&](s3::Configurations& c) {
      c.tags = tags;
      return ok_status();
    };
    CO_TRY_OK(co_await change_configurations(call, bucket, edit));
    co_return Output{};
  }
};

struct DeleteBucketTagging : OnBucket<DeleteBucketTagging> {
  using Output = Nothing;
  static constexpr std::string_view kAction = "s3:PutBucketTagging";
  static constexpr OpSpec spec = bucket_delete("DeleteBucketTagging", "tagging");
  static constexpr auto input = Input::shape();
  static constexpr auto output = fields();
  static Status clear(s3::Configurations& c) {
    c.tags.clear();
    return ok_status();
  }
  static Task<Result<Output>> run(Authorized<Input>, Facts bucket, Call& call) {
    CO_TRY_OK(co_await change_configurations(call, bucket, &clear));
    co_return Output{};
  }
};

}  // namespace

COFFER_OPERATION(s3, GetBucketTagging);
COFFER_OPERATION(s3, PutBucketTagging);
COFFER_OPERATION(s3, DeleteBucketTagging);

}  // namespace coffer::api
