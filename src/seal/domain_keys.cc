#include "seal/domain_keys.h"

#include "base/wire.h"
#include "crypto/aead.h"
#include "crypto/mac.h"
#include "seal/domain_store.h"

namespace coffer::seal {
namespace {

constexpr uint8_t kSealedVersion = 1;
constexpr size_t kHeaderBytes = 6;

Bytes header_of(DomainName name) {
  return Writer().u8(kSealedVersion).u8(name.series).u32(name.epoch).take();
}

std::optional<DomainName> parse_header(ByteView sealed) {
  Reader r(sealed);
  const uint8_t version = r.u8();
  DomainName name{r.u8(), r.u32()};
  if (!r.ok() || version != kSealedVersion || name.series < 1 || name.series > kSeriesCount ||
      name.epoch == 0)
    return std::nullopt;
  return name;
}

// Sealed values and wrapped keys have labels of their own: a wrapped key cannot be opened into
// ordinary memory.
std::string seal_label(uint8_t series) {
  return fmt::format("coffer domain {}", series_name(series));
}
std::string wrap_label(uint8_t series) {
  return fmt::format("coffer domain key {}", series_name(series));
}

}  // namespace

struct DomainKeys::Impl {
  Impl(store::MetaStore& meta, Root& root, Random& random) : store(meta, root, random) {}

  struct Found {
    DomainName name;
    KeyRing::Key key;
  };
  Found current(Series series) const {
    auto ring = store.ring();
    const DomainName name{static_cast<uint8_t>(series),
                          ring->current(static_cast<uint8_t>(series))};
    return {name, ring->find(name)};
  }
  Result<Found> key_of(Series series, ByteView sealed) const {
    auto name = parse_header(sealed);
    if (!name || name->series != static_cast<uint8_t>(series))
      return internal_error("a sealed value has an unknown form");
    auto key = store.ring()->find(*name);
    if (!key)
      return internal_error(fmt::format("a sealed value is of closed epoch {} of {}", name->epoch,
                                        series_name(name->series)));
    return Found{*name, std::move(key)};
  }

  DomainStore store;
};

DomainKeys::DomainKeys(store::MetaStore& meta, Root& root, Random& random)
    : impl_(std::make_unique<Impl>(meta, root, random)) {}
DomainKeys::~DomainKeys() = default;

Task<Result<std::unique_ptr<DomainKeys>>> DomainKeys::open(store::MetaStore& meta, Root& root,
                                                           Random& random, bool create) {
  std::unique_ptr<DomainKeys> keys(new DomainKeys(meta, root, random));
  CO_TRY(const bool found, co_await keys->impl_->store.load());
  if (!found) {
    if (!create) co_return Error{"DomainKeysRefused", "the store has no domain keys"};
    CO_TRY(auto others, co_await meta.partitions(""));
    if (!others.empty())
      co_return Error{"DomainKeysRefused",
                      "the store has rows but no domain keys; new ones would open none of them"};
    CO_TRY_OK(co_await keys->impl_->store.make_first());
  }
  CO_TRY_OK(co_await keys->impl_->store.finish_closing());
  co_return std::move(keys);
}

Bytes DomainKeys::seal_bytes(Series series, ByteView aad, ByteView plaintext) const {
  auto [name, key] = impl_->current(series);
  Bytes out = header_of(name);
  out += crypto::seal_derived(key->key, seal_label(name.series), Bytes(aad) + out, plaintext,
                              impl_->store.random());
  return out;
}

Result<Bytes> DomainKeys::open_bytes(Series series, ByteView aad, ByteView sealed) const {
  TRY(auto found, impl_->key_of(series, sealed));
  auto out = crypto::open_derived(found.key->key, seal_label(found.name.series),
                                  Bytes(aad) + header_of(found.name), sealed.substr(kHeaderBytes));
  if (!out)
    return internal_error(
        fmt::format("a sealed value of {} does not open", series_name(found.name.series)));
  return std::move(*out);
}

Bytes DomainKeys::wrap(Series series, ByteView aad, const Secret& secret) const {
  auto [name, key] = impl_->current(series);
  Bytes out = header_of(name);
  out += crypto::wrap_secret(key->key, wrap_label(name.series), Bytes(aad) + out, secret,
                             impl_->store.random());
  return out;
}

Result<Secret> DomainKeys::unwrap(Series series, ByteView aad, ByteView wrapped) const {
  TRY(auto found, impl_->key_of(series, wrapped));
  auto out =
      crypto::unwrap_secret(found.key->key, wrap_label(found.name.series),
                            Bytes(aad) + header_of(found.name), wrapped.substr(kHeaderBytes));
  if (!out)
    return internal_error(
        fmt::format("a wrapped key of {} does not open", series_name(found.name.series)));
  return std::move(*out);
}

Bytes DomainKeys::mac(Series series, ByteView data) const {
  auto [name, key] = impl_->current(series);
  return Writer().u32(name.epoch).raw(crypto::hmac_sha256(key->mac_key, data).view()).take();
}

bool DomainKeys::verify_mac(Series series, ByteView data, ByteView mac) const {
  Reader r(mac);
  const DomainName name{static_cast<uint8_t>(series), r.u32()};
  const ByteView tag = r.raw(sizeof(Hash256));
  auto key = impl_->store.ring()->find(name);
  if (!r.done() || !key) return false;
  return equal_ct(crypto::hmac_sha256(key->mac_key, data).view(), tag);
}

uint32_t DomainKeys::epoch(Series series) const { return impl_->current(series).name.epoch; }

uint32_t DomainKeys::epoch_of(ByteView sealed) {
  auto name = parse_header(sealed);
  return name ? name->epoch : 0;
}

bool DomainKeys::has_epoch(Series series, uint32_t epoch) const {
  return impl_->store.ring()->find({static_cast<uint8_t>(series), epoch}) != nullptr;
}

Task<Status> DomainKeys::open_epoch(Series series) {
  return impl_->store.open_epoch(static_cast<uint8_t>(series));
}

Task<Status> DomainKeys::close_epochs_before(Series series, uint32_t epoch) {
  return impl_->store.close(static_cast<uint8_t>(series), epoch);
}

Task<Status> DomainKeys::rotate_root() { return impl_->store.close(0, 0); }

Task<Result<bool>> DomainKeys::has_rows(store::MetaStore& meta) {
  CO_TRY(store::Page page, co_await meta.scan({kPartition}, {}, {.rows = 1}));
  co_return !page.rows.empty();
}

Task<Status> DomainKeys::reset() { return impl_->store.reset(); }

}  // namespace coffer::seal
