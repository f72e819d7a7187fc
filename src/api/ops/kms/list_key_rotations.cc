// ListKeyRotations lists the completed rotations of a key or, on demand, all of its backing keys.
// Source: docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html
#include "api/ops/kms/keys.h"

namespace coffer::api {
namespace {

using namespace kms_ops;

struct RotationEntry {
  std::string key_arn, material_id, state;
  std::optional<Timestamp> date;
  std::optional<std::string> type;
  static constexpr auto shape() {
    return fields(
        body<&RotationEntry::key_arn>("KeyId"), body<&RotationEntry::material_id>("KeyMaterialId"),
        body<&RotationEntry::state>("KeyMaterialState"), body<&RotationEntry::date>("RotationDate"),
        body<&RotationEntry::type>("RotationType"));
  }
};

struct ListKeyRotations {
  struct Input {
    std::string key_id;
    std::optional<std::string> include, marker;
    std::optional<int64_t> limit;
  };
  struct Output {
    std::vector<RotationEntry> rotations;
    std::optional<std::string> next_marker;
    bool truncated = false;
  };
  using Facts = Target;

  static constexpr OpSpec spec{
      .service = Service::kKms, .name = "ListKeyRotations", .read_only = true};
  static constexpr auto input = fields(
      body<&Input::key_id>("KeyId", {.min = 1, .max = 2048}),
      body<&Input::include>("IncludeKeyMaterial", {.values = "ALL_KEY_MATERIAL|ROTATIONS_ONLY"}),
      body<&Input::limit>("Limit", {.min = 1, .max = 1000}),
      body<&Input::marker>("Marker", {.min = 1, .max = 1024}));
  static constexpr auto output =
      fields(body<&Output::rotations>("Rotations"), body<&Output::next_marker>("NextMarker"),
             body<&Output::truncated>("Truncated"));

  static Task<Result<Facts>> facts(const Input& in, Call& call) {
    return key_named(call, in.key_id);
  }
  static std::vector<Demand> demands(const Input& in, const Facts& target, const Call& call) {
    return {demand_on(call, target, "ListKeyRotations")};
  }
  static RotationEntry entry_of(const Key& key, const kms::Material& material) {
    RotationEntry out{.key_arn = key.arn(), .material_id = material_hex(material.id)};
    out.state = &material == &key.current() ? "CURRENT" : "NON_CURRENT";
    if (material.kind == kms::RotationKind::kFirst) return out;
    out.date = Timestamp{material.created_ms};
    out.type = material.kind == kms::RotationKind::kAutomatic ? "AUTOMATIC" : "ON_DEMAND";
    return out;
  }
  static Task<Result<Output>> run(Authorized<Input> in, Facts target, Call& call) {
    CO_TRY(std::string after, after_marker(in->marker));
    CO_TRY(KeyPtr key, co_await call.services.kms->made(std::move(target)));
    note_resource(call, *key);
    CO_TRY_OK(kms::check_rotates(*key));
    const bool all = in->include == "ALL_KEY_MATERIAL";
    const auto limit = static_cast<size_t>(in->limit.value_or(100));
    Output out;
    bool reached = after.empty();
    for (const kms::Material& material : key->materials) {
      const std::string id = material_hex(material.id);
      if (!reached) {
        reached = id == after;
        continue;
      }
      if (!all && material.kind == kms::RotationKind::kFirst) continue;
      out.truncated = out.rotations.size() == limit;
      if (out.truncated) break;
      out.rotations.push_back(entry_of(*key, material));
    }
    if (out.truncated) out.next_marker = marker_after(out.rotations.back().material_id);
    co_return out;
  }
};

}  // namespace

COFFER_OPERATION(kms, ListKeyRotations);

}  // namespace coffer::api
