// The objects: heads, versions, extents, parts, and what they name.
#include "admin/migrate_shard.h"
#include "base/encoding.h"

namespace coffer::admin {

using s3::Extent;
using s3::Head;

namespace {
constexpr store::ScanMax kPage{.rows = 64, .bytes = 1 << 20};

Bytes encode_extents(const std::vector<Extent>& extents) {
  Writer w;
  w.u8(1).varint(extents.size());
  for (const Extent& e : extents) s3::encode_extent(w, e);
  return w.take();
}

Result<std::vector<Extent>> decode_extents(ByteView plain) {
  Reader r(plain);
  if (r.u8() != 1)
    return failed("A row of extents is of a version that this program does not know.");
  std::vector<Extent> out;
  for (size_t i = r.count(50); i > 0; --i) out.push_back(s3::decode_extent(r));
  if (!r.done()) return failed("A row of extents is malformed.");
  return out;
}

Id128 id_in(std::string_view row_key) { return Id128::from(row_key.substr(2, sizeof(Id128))); }
}  // namespace

Task<Status> Migration::each_page(Shard& shard, store::Range range, Visit visit) {
  for (;;) {
    CO_TRY(store::Page page, co_await from_.meta().scan(shard.in, range, kPage));
    if (page.rows.empty()) co_return ok_status();
    shard.seen += page.rows.size();
    range.from = page.rows.back().key + '\0';
    const bool more = page.more;
    CO_TRY_OK(co_await (this->*visit)(shard, std::move(page.rows)));
    if (!more) co_return ok_status();
  }
}

// What rows hold beside heads, versions, extents and parts names no blob.
Task<Status> Migration::on_others(Shard& shard, Page rows) {
  store::Batch batch{.in = shard.in};
  for (store::Row& row : rows) {
    const std::string_view key = row.key;
    static constexpr std::string_view kKinds[] = {"e/", "m/", "n/", "r/", "u/"};
    const auto is = [&](std::string_view kind) { return key.starts_with(kind); };
    if (key != "f" && std::none_of(std::begin(kKinds), std::end(kKinds), is))
      co_return failed(fmt::format("{} has the row {}, of a kind that this program does not know.",
                                   shard.in.name, hex(key.substr(0, 32))));
    batch.puts.push_back(std::move(row));
  }
  co_return co_await commit(std::move(batch));
}

// A note tells which parts' blobs became an object's.
Task<Status> Migration::load_notes(Shard& shard) {
  store::Range range = store::prefix_range("r/p");
  for (;;) {
    CO_TRY(store::Page page, co_await from_.meta().scan(shard.in, range, kPage));
    for (const store::Row& row : page.rows) {
      CO_TRY(Bytes plain, s3_.index().open_row(shard.b(), row.key, row.value));
      CO_TRY(s3::Retired note, s3::decode_retired(plain));
      shard.notes[row.key.substr(3)] = std::move(note);
      range.from = row.key + '\0';
    }
    if (!page.more) co_return ok_status();
  }
}

Task<Status> Migration::copy_shard(s3::BucketPtr bucket, uint32_t n) {
  Shard shard{.bucket = bucket, .in = bucket->value.shard(n)};
  CO_TRY_OK(co_await load_notes(shard));
  const std::pair<const char*, Visit> kinds[] = {{"h/", &Migration::on_heads},
                                                 {"v/", &Migration::on_heads},
                                                 {"x/", &Migration::on_extents},
                                                 {"p/", &Migration::on_parts}};
  for (const auto& [prefix, visit] : kinds)
    CO_TRY_OK(co_await each_page(shard, store::prefix_range(prefix), visit));
  std::string from;
  for (const char* prefix : {"h/", "p/", "v/", "x/"}) {
    CO_TRY_OK(co_await each_page(shard, {from, prefix}, &Migration::on_others));
    from = store::after_prefix(prefix);
  }
  CO_TRY_OK(co_await each_page(shard, {from, ""}, &Migration::on_others));
  CO_TRY_OK(co_await copy_counters(shard.in));
  co_return co_await compare_rows(shard.in, shard.seen + shard.added - shard.left_out);
}

// already_there: a head is written after everything that it names.
Task<Result<bool>> Migration::already_there(Shard& shard, const store::Row& row, const Head& head) {
  CO_TRY(auto there, co_await to_.meta().get(shard.in, row.key));
  if (!there) co_return false;
  CO_TRY(Head target, s3_.index().open_head(shard.b(), row.key, *there));
  if (head.extent && !target.extent) ++shard.added;
  if (!shard.notes.contains(Bytes(head.object_id.view()))) co_return true;
  CO_TRY(auto before, co_await extents_in(from_.meta(), shard, head));
  CO_TRY(auto after, co_await extents_in(to_.meta(), shard, target));
  if (before.size() != after.size()) co_return failed(shard.in.name + ": the stores differ.");
  for (size_t i = 0; i < before.size(); ++i)
    if (!before[i].in_row) shard.shared[before[i].blob.locator] = after[i].blob;
  co_return true;
}

Task<Result<std::vector<Extent>>> Migration::extents_in(store::MetaStore& meta, const Shard& shard,
                                                        const Head& head) {
  std::vector<Extent> out;
  if (head.extent) out.push_back(*head.extent);
  for (uint32_t n = 0; out.size() < head.extent_count; ++n) {
    const std::string key = s3::extents_row(head.object_id, n);
    CO_TRY(auto raw, co_await meta.get(shard.in, key));
    if (!raw) co_return failed(shard.in.name + ": an object's list of extents is missing.");
    CO_TRY(Bytes plain, s3_.index().open_row(shard.b(), key, *raw));
    CO_TRY(auto more, decode_extents(plain));
    if (more.empty()) co_return failed(shard.in.name + ": a row of extents is empty.");
    out.insert(out.end(), more.begin(), more.end());
  }
  co_return out;
}

Task<Status> Migration::on_heads(Shard& shard, Page rows) {
  std::vector<Object> objects;
  for (store::Row& row : rows) {
    const auto place = s3::place_of_version_row(row.key);
    const auto key = place ? std::optional(place->key) : s3::key_of_head_row(row.key);
    if (!key) co_return failed(shard.in.name + ": a row has a malformed name.");
    auto head = s3_.index().open_head(shard.b(), row.key, row.value);
    if (!head) co_return failed(shard.name(*key) + ": the head is damaged.");
    CO_TRY(bool there, co_await already_there(shard, row, *head));
    if (there) continue;
    objects.push_back({std::move(row), *key, std::move(*head), {}, {}});
  }
  store::Batch batch{.in = shard.in};
  std::vector<Extent*> alone;
  for (Object& object : objects) {
    if (!object.head.extent) continue;
    object.before.push_back(*object.head.extent);
    alone.push_back(&*object.head.extent);
  }
  CO_TRY_OK(co_await settle(shard, std::move(alone), batch));
  for (Object& object : objects) {
    if (object.head.extent) object.after.push_back(*object.head.extent);
    CO_TRY_OK(co_await carry_extents(shard, object));
    CO_TRY(store::Row row, reseal(shard, object, batch));
    batch.puts.push_back(std::move(row));
  }
  CO_TRY_OK(co_await commit(std::move(batch)));
  moved_.objects += objects.size();
  co_return ok_status();
}

// carry_extents carries the rows of extents of an object that has more than one, each with its
// blobs in a commit of its own.
Task<Status> Migration::carry_extents(Shard& shard, Object& object) {
  for (uint32_t n = 0; object.before.size() < object.head.extent_count; ++n) {
    const std::string key = s3::extents_row(object.head.object_id, n);
    CO_TRY(auto raw, co_await from_.meta().get(shard.in, key));
    if (!raw) co_return failed(shard.name(object.key) + ": the list of extents is missing.");
    CO_TRY(Bytes plain, s3_.index().open_row(shard.b(), key, *raw));
    CO_TRY(auto before, decode_extents(plain));
    CO_TRY(auto after, co_await carry_extents_row(shard, key, before));
    if (before.empty() || after.size() != before.size())
      co_return failed(shard.name(object.key) + ": the list of extents is damaged.");
    std::move(before.begin(), before.end(), std::back_inserter(object.before));
    std::move(after.begin(), after.end(), std::back_inserter(object.after));
  }
  co_return ok_status();
}

Task<Result<std::vector<Extent>>> Migration::carry_extents_row(Shard& shard, std::string key,
                                                               std::vector<Extent> extents) {
  CO_TRY(auto there, co_await to_.meta().get(shard.in, key));
  if (there) {
    CO_TRY(Bytes plain, s3_.index().open_row(shard.b(), key, *there));
    co_return decode_extents(plain);
  }
  store::Batch batch{.in = shard.in};
  std::vector<Extent*> all;
  for (Extent& e : extents) all.push_back(&e);
  CO_TRY_OK(co_await settle(shard, std::move(all), batch));
  batch.puts.push_back({key, s3_.index().seal_row(shard.b(), key, encode_extents(extents))});
  CO_TRY_OK(co_await commit(std::move(batch)));
  co_return extents;
}

// on_extents meets the rows of objects that were deleted and not yet swept; those of living ones
// are in the target.
Task<Status> Migration::on_extents(Shard& shard, Page rows) {
  for (const store::Row& row : rows) {
    CO_TRY(Bytes plain, s3_.index().open_row(shard.b(), row.key, row.value));
    CO_TRY(auto extents, decode_extents(plain));
    CO_TRY_OK(co_await carry_extents_row(shard, row.key, std::move(extents)));
  }
  co_return ok_status();
}

// reseal answers the head's row as the target has it.
Result<store::Row> Migration::reseal(Shard& shard, Object& object, store::Batch& batch) {
  Head& head = object.head;
  const auto in_blob = [](const Extent& e) { return !e.in_row; };
  if (std::none_of(object.before.begin(), object.before.end(), in_blob))
    return std::move(object.row);
  if (s3::hash_extents(object.before) != head.extents_hash)
    return failed(shard.name(object.key) + ": the list of extents is not the one that was sealed.");
  const s3::SealedFor what{shard.bucket, object.key, head.object_id};
  auto manifest_key = s3_.envelopes().open_manifest_key(what, head.envelope);
  if (!manifest_key || !equal_ct(s3::Envelopes::seal_manifest(*manifest_key, head).view(),
                                 head.manifest_seal.view()))
    return failed(shard.name(object.key) + ": the manifest is not the one that was sealed.");
  head.extents_hash = s3::hash_extents(object.after);
  head.manifest_seal = s3::Envelopes::seal_manifest(*manifest_key, head);
  const auto sealed = [&] {
    return s3_.index().seal_row(shard.b(), object.row.key, s3::encode_head(head));
  };
  Bytes value = sealed();
  if (value.size() > store::kGuardedValueMax && head.extent) {  // the new place's name is longer
    head.extent.reset();
    const std::string key = s3::extents_row(head.object_id, 0);
    batch.puts.push_back({key, s3_.index().seal_row(shard.b(), key, encode_extents(object.after))});
    ++shard.added;
    value = sealed();
  }
  if (value.size() > store::kGuardedValueMax)
    return failed(shard.name(object.key) + ": the head does not fit the target.");
  return store::Row{std::move(object.row.key), std::move(value)};
}

// A part whose blob became an object's is named by both; where that object is gone, so is the blob,
// and the part's row with it.
Task<Status> Migration::on_parts(Shard& shard, Page rows) {
  store::Batch batch{.in = shard.in};
  std::vector<std::pair<std::string, s3::PartRecord>> parts;
  for (store::Row& row : rows) {
    CO_TRY(Bytes plain, s3_.index().open_row(shard.b(), row.key, row.value));
    CO_TRY(s3::PartRecord part, s3::decode_part(plain));
    const Extent& e = part.extent;
    auto note = shard.notes.find(Bytes(id_in(row.key).view()));
    const bool used = note != shard.notes.end() && note->second.used(e.part_number);
    if (used && !e.in_row && !shard.shared.contains(e.blob.locator)) {
      ++shard.left_out;
      continue;
    }
    if (used && e.in_row) {
      batch.puts.push_back(std::move(row));
      continue;
    }
    CO_TRY(auto there, co_await to_.meta().get(shard.in, row.key));
    if (!there) parts.emplace_back(std::move(row.key), std::move(part));
  }
  std::vector<Extent*> all;
  for (auto& [_, part] : parts) all.push_back(&part.extent);
  CO_TRY_OK(co_await settle(shard, std::move(all), batch));
  for (auto& [key, part] : parts)
    batch.puts.push_back({key, s3_.index().seal_row(shard.b(), key, s3::encode_part(part))});
  co_return co_await commit(std::move(batch));
}

}  // namespace coffer::admin
