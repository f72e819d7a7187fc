// What is told and changed of a version beside its content: its tags, its lock.
#include "s3/errors.h"
#include "s3/object/objects.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 16;
}

Task<Result<Described>> Objects::describe(BucketPtr bucket, std::string key,
                                          std::optional<VersionId> version, Missing missing) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(auto found, co_await d_.index.find(bucket, key, version));
    if (!found) co_return missing(nullptr);
    if (found->head.delete_marker) co_return missing(&found->head);
    auto metadata = co_await d_.index.metadata(bucket, key, found->head);
    if (!metadata && Index::gone(metadata.error())) continue;
    if (!metadata) co_return std::move(metadata.error());
    co_return Described{std::move(found->head), std::move(*metadata)};
  }
  co_return slow_down();
}

Task<Result<Head>> Objects::amend(BucketPtr bucket, std::string key,
                                  std::optional<VersionId> version, Edit edit, Missing missing) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(auto found, co_await d_.index.find(bucket, key, version));
    if (!found) co_return missing(nullptr);
    if (found->head.delete_marker) co_return missing(&found->head);
    const Head head = found->head;
    auto metadata = co_await d_.index.metadata(bucket, key, head);
    if (!metadata && Index::gone(metadata.error())) continue;
    if (!metadata) co_return std::move(metadata.error());
    CO_TRY_OK(edit(head, *metadata));
    CO_TRY(const bool done,
           co_await d_.index.amend(bucket, key, std::move(*found), std::move(*metadata)));
    if (done) co_return head;
  }
  co_return slow_down();
}

}  // namespace coffer::s3
