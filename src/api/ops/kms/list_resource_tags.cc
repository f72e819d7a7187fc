// ListResourceTags lists the tags of a key.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct ListResourceTags {
  struct Input {
    std::string key_id;
    std::optional<int64_t> limit;
    std::optional<std::string> marker;
  };
  struct Output {
    std::vector<TagEntity> tags;
    std::optional<std::string> next_marker;
    bool truncated = false;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "ListResourceTags", .read_only = true};
  static constexpr auto input = fields(body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
                                       body<&Input::limit>("Limit", {.min = 1, .max = 50}),
                                       body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::tags>("Tags"), body<&Output::next_marker>("NextMarker"),
             body<&Output::truncated>("Truncated"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "ListResourceTags")};
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(std::string after, after_marker(in->marker));
    CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
    note_resource(call, *key);
    const auto limit = static_cast<size_t>(in->limit.value_or(50));
    Output out;
    for (auto i = in->marker ? key->tags.upper_bound(after) : key->tags.begin();
         i != key->tags.end(); ++i) {
      out.truncated = out.tags.size() == limit;
      if (out.truncated) break;
      out.tags.push_back({i->first, i->second});
    }
    if (out.truncated) out.next_marker = marker_after(out.tags.back().key);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ListResourceTags);

}  // namespace coffer::api
