// What GetObjectAttributes tells: the head, the checksum and the parts' checksums, opened as the
// caller.
#include "s3/errors.h"
#include "s3/object/objects.h"

namespace coffer::s3 {

namespace {
constexpr int kAttemptsMax = 8;
}

Task<Result<AttributesAnswer>> Objects::attributes(const authz::RequestContext& caller,
                                                   Transport transport, ReadOptions o,
                                                   Missing missing) {
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    CO_TRY(auto current, co_await d_.index.find(o.bucket, o.key, o.version));
    if (!current) co_return missing(nullptr);
    if (current->head.delete_marker) co_return missing(&current->head);
    AttributesAnswer out;
    out.facts.head = std::move(current->head);
    const Head& h = out.facts.head;
    if (o.judged && !o.judged->is(h)) co_return slow_down();
    CO_TRY_OK(check_customer_key(h.envelope.algorithm, o.customer_key));
    CO_TRY_OK(check_transport(h.envelope.algorithm, transport));
    auto metadata = co_await d_.index.metadata(o.bucket, o.key, h);
    if (!metadata && Index::gone(metadata.error())) continue;
    if (!metadata) co_return std::move(metadata.error());
    auto extents = co_await d_.index.extents(o.bucket, o.key, h);
    if (!extents && Index::gone(extents.error())) continue;
    if (!extents) co_return std::move(extents.error());
    const SealedFor what{o.bucket, o.key, h.object_id};
    CO_TRY(auto keys, co_await d_.envelopes.open(caller, what, h.envelope,
                                                 metadata->encryption_context, o.customer_key));
    CO_TRY_OK(Envelopes::check_manifest(what, *keys, h));
    if (!h.checksum) co_return out;
    const auto opened = [&](StoredChecksum sealed) {
      return d_.envelopes.open_checksum(*keys, h.object_id, h.envelope.algorithm,
                                        std::move(sealed));
    };
    CO_TRY(out.facts.checksum, opened(*h.checksum));
    if (h.checksum->type != ChecksumType::kComposite) co_return out;
    for (const Extent& extent : *extents) {
      CO_TRY(auto checksum,
             opened({.algorithm = h.checksum->algorithm, .value = extent.part_checksum}));
      out.parts.push_back({extent.part_number, extent.plain_bytes, std::move(checksum)});
    }
    co_return out;
  }
  co_return slow_down();
}

}  // namespace coffer::s3
