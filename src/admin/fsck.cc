#include "admin/fsck.h"

#include "base/encoding.h"
#include "crypto/digest.h"

namespace coffer::admin {

using s3::Extent;
using s3::Head;

// Shard is what one pass over an index shard learned. While writers are at work a pass may see
// halves of two states: what it found counts only where another pass finds it again.
struct Fsck::Shard {
  s3::BucketPtr bucket;
  store::Partition in;
  FsckReport seen;
  struct Current {
    uint64_t order = 0, null_order = 0;
  };
  std::map<std::string, Current> current;   // of every key, in a bucket with versions
  std::set<Bytes> objects, notes;           // IDs that own rows beside them
  std::set<std::string> bodies;             // inline bodies that rows name
  std::map<std::string, int64_t> counters;  // as they should be
  std::set<Bytes> blobs;

  const s3::Bucket& b() const { return bucket->value; }
  std::string name(std::string_view key) const {
    return "s3://" + b().name + "/" + std::string(key);
  }
  std::string name_of(std::string_view key, const Head& head) const {
    if (!head.has_version_id && b().versioning == s3::Versioning::kNever) return name(key);
    return name(key) + "?versionId=" + s3::version_text(head);
  }
  void found(std::string where, std::string what) {
    seen.findings.push_back({std::move(where), std::move(what)});
  }
};

namespace {
constexpr int kPassesMax = 4;
constexpr uint64_t kReadBytes = 1 << 20;
constexpr size_t kUnlinkedNamedMax = 20;

bool same(const std::vector<Finding>& a, const std::vector<Finding>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const Finding& x, const Finding& y) {
           return x.where == y.where && x.what == y.what;
         });
}

void add(FsckReport& to, FsckReport&& from) {
  to.objects += from.objects;
  to.uploads += from.uploads;
  to.rows += from.rows;
  to.extents += from.extents;
  to.bytes += from.bytes;
  to.opened += from.opened;
  std::move(from.findings.begin(), from.findings.end(), std::back_inserter(to.findings));
  std::move(from.unjudged.begin(), from.unjudged.end(), std::back_inserter(to.unjudged));
}

std::string row_name(std::string_view key) { return fmt::format("row {}", hex(key.substr(0, 64))); }
}  // namespace

Task<Status> Fsck::each_row(Shard& shard, std::string prefix, Visit visit) {
  store::Range range = store::prefix_range(prefix);
  for (;;) {
    CO_TRY(store::Page page, co_await d_.s3.index().meta().scan(shard.in, range, {}));
    for (store::Row& row : page.rows) {
      ++shard.seen.rows;
      range.from = row.key + '\0';
      CO_TRY_OK(co_await (this->*visit)(shard, std::move(row)));
    }
    if (!page.more) co_return ok_status();
  }
}

// check_extent reads the ciphertext and holds its hash against the sealed one.
Task<Status> Fsck::check_extent(Shard& shard, std::string where, Extent e,
                                std::optional<unsigned> layers) {
  ++shard.seen.extents;
  const std::string name = fmt::format("extent {}", hex(e.id.view()));
  crypto::Digest digest(crypto::Hash::kSha256);
  if (e.in_row) {
    shard.bodies.insert(s3::body_row(e.id));
    auto body = co_await d_.s3.index().meta().get_body(shard.in, s3::body_row(e.id));
    if (!body || !*body) {
      shard.found(where, name + ": its inline body is missing or unreadable");
      co_return ok_status();
    }
    digest.update((*body)->view());
  } else {
    shard.blobs.insert(e.blob.locator);
    const auto fits = [&](unsigned n) {
      return layers.value_or(n) == n && e.blob.bytes == crypto::sealed_bytes(e.plain_bytes, n);
    };
    if (!fits(1) && !fits(2)) shard.found(where, name + ": the blob is not as long as the extent");
    for (uint64_t at = 0; at < e.blob.bytes;) {
      const size_t size = static_cast<size_t>(std::min(kReadBytes, e.blob.bytes - at));
      auto piece = co_await d_.s3.store().blobs().read(e.blob, at, size);
      if (!piece) {
        shard.found(where,
                    fmt::format("{}: blob {} cannot be read at {}", name, hex(e.blob.locator), at));
        co_return ok_status();
      }
      digest.update(piece->view());
      at += size;
    }
  }
  if (Hash256::from(digest.finish()) != e.sealed_hash) {
    std::string place =
        e.in_row ? std::string("its inline body") : fmt::format("blob {}", hex(e.blob.locator));
    shard.found(where,
                fmt::format("{}: {} is damaged: the ciphertext's hash differs", name, place));
  }
  co_return ok_status();
}

Task<Status> Fsck::check_object(Shard& shard, std::string key, Head head) {
  const std::string where = shard.name_of(key, head);
  ++shard.seen.objects;
  shard.seen.bytes += head.bytes;
  shard.objects.insert(Bytes(head.object_id.view()));
  shard.counters["objects"] += 1;
  shard.counters["bytes"] += int64_t(head.bytes);
  shard.counters[s3::usage_counter(head.envelope, "objects")] += 1;
  shard.counters[s3::usage_counter(head.envelope, "bytes")] += int64_t(head.bytes);
  if (auto metadata = co_await d_.s3.index().metadata(shard.bucket, key, head); !metadata)
    shard.found(where, "the metadata is missing or damaged");
  auto extents = co_await d_.s3.index().extents(shard.bucket, key, head);
  if (!extents) {
    shard.found(where, "the list of extents is missing or damaged");
    co_return ok_status();
  }
  uint64_t total = 0;
  for (const Extent& e : *extents) total += e.plain_bytes;
  if (total != head.bytes)
    shard.found(where,
                fmt::format("the extents hold {} bytes, the head says {}", total, head.bytes));
  s3::SealedFor what{shard.bucket, key, head.object_id};
  auto manifest_key = d_.s3.envelopes().open_manifest_key(what, head.envelope);
  if (!manifest_key || !equal_ct(s3::Envelopes::seal_manifest(*manifest_key, head).view(),
                                 head.manifest_seal.view()))
    shard.found(where, "the content manifest is not the one that was sealed");
  for (const Extent& e : *extents)
    CO_TRY_OK(co_await check_extent(shard, where, e, head.envelope.layers()));
  if (options_.open && head.envelope.algorithm == s3::Algorithm::kAes256)
    CO_TRY_OK(co_await open_content(shard, key, head));
  co_return ok_status();
}

// open_content decrypts an SSE-S3 object whole and recomputes what it is known by.
Task<Status> Fsck::open_content(Shard& shard, std::string key, Head head) {
  authz::RequestContext nobody;  // SSE-S3 asks no key service
  s3::ReadOptions read{
      .bucket = shard.bucket, .key = key, .version = s3::version_of(head), .checksum_mode = true};
  auto answer = co_await d_.s3.objects().get(nobody, {.tls = true, .signature_v4 = true}, read,
                                             [](const Head*) { return Error{"NoSuchKey", ""}; });
  if (!answer) {
    if (answer.error().code != "NoSuchKey")
      shard.found(shard.name_of(key, head), "the content does not open");
    co_return ok_status();
  }
  if (answer->facts.head.object_id != head.object_id) co_return ok_status();  // replaced meanwhile
  crypto::Digest md5(crypto::Hash::kMd5);
  std::optional<crypto::Checksum> checksum;
  const auto& stored = answer->facts.checksum;
  if (stored && stored->type == s3::ChecksumType::kFullObject) checksum.emplace(stored->algorithm);
  for (;;) {
    auto piece = co_await answer->content->next();
    if (!piece) {
      shard.found(shard.name_of(key, head), "the content does not open");
      co_return ok_status();
    }
    if (piece->empty()) break;
    md5.update(*piece);
    if (checksum) checksum->update(*piece);
  }
  ++shard.seen.opened;
  if (head.parts == 0 && d_.s3.objects().etag_is_md5(shard.b(), head.envelope.algorithm) &&
      hex(md5.finish()) != head.etag)
    shard.found(shard.name_of(key, head), "the ETag is not the content's MD5");
  if (checksum && checksum->value() != stored->value)
    shard.found(shard.name_of(key, head), "the checksum is not the content's");
  co_return ok_status();
}

Task<Status> Fsck::on_head(Shard& shard, store::Row row) {
  auto key = s3::key_of_head_row(row.key);
  auto head = key ? d_.s3.index().open_head(shard.b(), row.key, row.value)
                  : Result<Head>(internal_error("malformed head row"));
  if (!head) {
    shard.found(key ? shard.name(*key) : row_name(row.key),
                "the head is damaged: its seal does not open");
    co_return ok_status();
  }
  if (shard.b().versioning != s3::Versioning::kNever)
    shard.current[*key] = {head->order, head->null_order};
  if (head->delete_marker) co_return ok_status();
  co_return co_await check_object(shard, *key, std::move(*head));
}

// on_version comes after every head: each older version stands behind a current one.
Task<Status> Fsck::on_version(Shard& shard, store::Row row) {
  const auto place = s3::place_of_version_row(row.key);
  auto head = place ? d_.s3.index().open_head(shard.b(), row.key, row.value)
                    : Result<Head>(internal_error("malformed version row"));
  if (!head) {
    shard.found(place ? shard.name(place->key) : row_name(row.key),
                "a version's row is damaged: its seal does not open");
    co_return ok_status();
  }
  auto current = shard.current.find(place->key);
  const bool placed = current != shard.current.end() && head->order == place->order &&
                      head->order < current->second.order;
  if (!placed) shard.found(shard.name_of(place->key, *head), "no current version stands before it");
  if (placed && !head->has_version_id && current->second.null_order != head->order)
    shard.found(shard.name_of(place->key, *head), "the current version does not name it");
  if (placed && !head->has_version_id) current->second.null_order = 0;
  if (head->delete_marker) co_return ok_status();
  co_return co_await check_object(shard, place->key, std::move(*head));
}

// check_null_versions: what a current version names was seen.
void Fsck::check_null_versions(Shard& shard) {
  for (const auto& [key, current] : shard.current)
    if (current.null_order != 0) shard.found(shard.name(key), "the null version is missing");
}

Task<Status> Fsck::on_upload(Shard& shard, store::Row row) {
  auto plain = d_.s3.index().open_row(shard.b(), row.key, row.value);
  auto upload =
      plain ? s3::decode_upload(*plain) : Result<s3::UploadRecord>(internal_error("upload row"));
  if (!upload) {
    shard.found(shard.name(row.key.substr(2, row.key.find('\0') - 2)),
                "an upload's row is damaged");
    co_return ok_status();
  }
  ++shard.seen.uploads;
  shard.notes.insert(Bytes(upload->object_id.view()));
  co_return ok_status();
}

Task<Status> Fsck::on_note(Shard& shard, store::Row row) {
  auto plain = d_.s3.index().open_row(shard.b(), row.key, row.value);
  if (!plain || !s3::decode_retired(*plain))
    shard.found(row_name(row.key), "a note for the sweep is damaged");
  shard.notes.insert(row.key.substr(3));
  co_return ok_status();
}

Task<Status> Fsck::on_part(Shard& shard, store::Row row) {
  const std::string where = "part of upload " + hex(row.key.substr(2, sizeof(Id128)));
  auto plain = d_.s3.index().open_row(shard.b(), row.key, row.value);
  auto part = plain ? s3::decode_part(*plain) : Result<s3::PartRecord>(internal_error("part row"));
  if (!part) {
    shard.found(where, "a part's row is damaged");
    co_return ok_status();
  }
  if (!shard.notes.contains(row.key.substr(2, sizeof(Id128))))
    shard.found(where, "no upload owns this part");
  co_return co_await check_extent(shard, where, part->extent, std::nullopt);
}

// on_beside looks for rows that nothing owns. Retired extents are unlinked by the sweep; until then
// their blobs are named here.
Task<Status> Fsck::on_beside(Shard& shard, store::Row row) {
  const Bytes id = row.key.substr(2, sizeof(Id128));
  const bool owned = shard.objects.contains(id);
  auto plain = d_.s3.index().open_row(shard.b(), row.key, row.value);
  if (!plain) shard.found(row_name(row.key), "the row is damaged: its seal does not open");
  if (!owned && !shard.notes.contains(id))
    shard.found(row_name(row.key), "no object owns this row");
  if (!plain || row.key[0] != 'x' || owned) co_return ok_status();
  Reader r(*plain);
  r.u8();
  for (size_t i = r.count(50); i > 0; --i) {
    Extent e = s3::decode_extent(r);
    if (e.in_row)
      shard.bodies.insert(s3::body_row(e.id));
    else
      shard.blobs.insert(e.blob.locator);
  }
  co_return ok_status();
}

Task<Status> Fsck::check_bodies(Shard& shard) {
  store::Range range;
  for (;;) {
    CO_TRY(store::Page page, co_await d_.s3.index().meta().scan_bodies(shard.in, range, {}));
    for (const store::Row& row : page.rows) {
      if (!shard.bodies.contains(row.key))
        shard.found(fmt::format("inline body {}", hex(row.key)), "no row names it");
      range.from = row.key + '\0';
    }
    if (!page.more) co_return ok_status();
  }
}

Task<Status> Fsck::check_counters(Shard& shard) {
  CO_TRY(auto stored, co_await d_.s3.index().meta().counters(shard.in, ""));
  std::map<std::string, int64_t> have(stored.begin(), stored.end());
  std::erase_if(shard.counters, [](const auto& c) { return c.second == 0; });
  for (const auto& [name, value] : shard.counters)
    if (have[name] != value)
      shard.found(shard.in.name,
                  fmt::format("counter {} says {}, the rows say {}", name, have[name], value));
  for (const auto& [name, value] : have)
    if (value != 0 && !shard.counters.contains(name))
      shard.found(shard.in.name, fmt::format("counter {} says {}, the rows say 0", name, value));
  co_return ok_status();
}

Task<Status> Fsck::check_shard(s3::BucketPtr bucket, uint32_t n, Shard& shard) {
  shard.bucket = bucket;
  shard.in = bucket->value.shard(n);
  CO_TRY_OK(co_await each_row(shard, "h/", &Fsck::on_head));
  CO_TRY_OK(co_await each_row(shard, "v/", &Fsck::on_version));
  check_null_versions(shard);
  CO_TRY_OK(co_await each_row(shard, "u/", &Fsck::on_upload));
  CO_TRY_OK(co_await each_row(shard, "r/", &Fsck::on_note));
  CO_TRY_OK(co_await each_row(shard, "p/", &Fsck::on_part));
  CO_TRY_OK(co_await each_row(shard, "m/", &Fsck::on_beside));
  CO_TRY_OK(co_await each_row(shard, "x/", &Fsck::on_beside));
  auto fence = co_await d_.s3.index().meta().get(shard.in, "f");
  if (!fence || !*fence || **fence != shard.b().fence_row().value)
    shard.found(shard.in.name, "the shard's fence is missing or another bucket's");
  CO_TRY_OK(co_await check_bodies(shard));
  co_return co_await check_counters(shard);
}

Task<Status> Fsck::check_bucket(s3::BucketPtr bucket) {
  ++report_.buckets;
  for (uint32_t n = 0; n < bucket->value.shards; ++n) {
    std::vector<Finding> before;
    for (int pass = 1;; ++pass) {
      Shard shard;
      CO_TRY_OK(co_await check_shard(bucket, n, shard));
      blobs_.merge(shard.blobs);
      const bool settled =
          shard.seen.findings.empty() || (pass > 1 && same(before, shard.seen.findings));
      if (!settled && pass < kPassesMax) {
        before = std::move(shard.seen.findings);
        continue;
      }
      if (!settled) {
        report_.unjudged.push_back(fmt::format(
            "bucket {}: shard {} kept changing while it was read", bucket->value.name, n));
        shard.seen.findings.clear();
      }
      add(report_, std::move(shard.seen));
      break;
    }
  }
  co_return ok_status();
}

Task<Status> Fsck::check_blobs() {
  CO_TRY(auto all, co_await d_.s3.store().blobs().all(""));
  for (const store::BlobRef& ref : all) {
    ++report_.blobs;
    if (blobs_.contains(ref.locator)) continue;
    ++report_
          .unlinked_blobs;  // garbage that is not due, or given up by its writer: it goes by itself
    report_.unlinked_bytes += ref.bytes;
    if (report_.unlinked.size() < kUnlinkedNamedMax)
      report_.unlinked.push_back(fmt::format("{} ({} bytes)", hex(ref.locator), ref.bytes));
  }
  co_return ok_status();
}

// check_records reads every record of the key service and of IAM anew: each is refused where its
// seal does not open.
Task<Status> Fsck::check_records() {
  kms::KeyService keys(d_.kms);
  if (auto loaded = co_await keys.load(); !loaded)
    report_.findings.push_back(
        {"key service", "its records do not load: " + loaded.error().message});
  iam::Iam iam(d_.iam);
  if (auto loaded = co_await iam.load(); !loaded)
    report_.findings.push_back({"IAM", "its records do not load: " + loaded.error().message});
  auto chain = co_await d_.audit.verify();
  if (!chain)
    report_.findings.push_back({"audit log", chain.error().message});
  else
    report_.audit_records = *chain;
  co_return ok_status();
}

Task<Result<FsckReport>> Fsck::run() {
  for (const s3::BucketPtr& bucket : d_.s3.buckets().all())
    CO_TRY_OK(co_await check_bucket(bucket));
  CO_TRY_OK(co_await check_blobs());
  CO_TRY_OK(co_await check_records());
  co_return std::move(report_);
}

}  // namespace coffer::admin
