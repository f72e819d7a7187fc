#include "seal/domain_rows.h"

#include "base/encoding.h"
#include "base/wire.h"

namespace coffer::seal {
namespace {

constexpr uint8_t kRowVersion = 1;

Error unreadable(std::string_view what, uint8_t version) {
  if (version > kRowVersion)
    return Error{
        "DomainKeysRefused",
        fmt::format("the store's {} is of version {}, made by a newer program", what, version)};
  return Error{"DomainKeysRefused", fmt::format("the store's {} is damaged", what)};
}

}  // namespace

Bytes encode_state(const State& state) {
  return Writer()
      .u8(kRowVersion)
      .raw(state.store.view())
      .raw(state.change.view())
      .u32(state.closing_generation)
      .u8(state.closing_series)
      .u32(state.closing_before)
      .take();
}

Result<State> decode_state(ByteView row) {
  Reader r(row);
  const uint8_t version = r.u8();
  if (version != kRowVersion) return unreadable("state of the domain keys", version);
  State out;
  out.store = r.fixed<Id128>();
  out.change = r.fixed<Id128>();
  out.closing_generation = r.u32();
  out.closing_series = r.u8();
  out.closing_before = r.u32();
  if (!r.done() || out.closing_series > kSeriesCount)
    return unreadable("state of the domain keys", version);
  return out;
}

std::string domain_row_key(DomainName name) {
  return fmt::format("{}{}/{:08x}", kDomainPrefix, unsigned{name.series}, name.epoch);
}

std::optional<DomainName> parse_domain_row_key(std::string_view key) {
  const std::string_view prefix = kDomainPrefix;
  if (!key.starts_with(prefix) || key.size() != prefix.size() + 10) return std::nullopt;
  auto epoch = unhex(key.substr(prefix.size() + 2));
  if (!epoch) return std::nullopt;
  DomainName name{static_cast<uint8_t>(key[prefix.size()] - '0'), Reader(*epoch).u32()};
  if (name.series < 1 || name.series > kSeriesCount || name.epoch == 0 ||
      key != domain_row_key(name))
    return std::nullopt;
  return name;
}

Bytes domain_row(ByteView wrapped) { return Writer().u8(kRowVersion).raw(wrapped).take(); }

Result<Bytes> wrapped_of_row(ByteView row) {
  Reader r(row);
  const uint8_t version = r.u8();
  if (version != kRowVersion) return unreadable("domain key row", version);
  return Bytes(r.raw(r.left()));
}

Bytes domain_aad(const Id128& store, DomainName name) {
  return Writer()
      .bytes("coffer domain key")
      .raw(store.view())
      .u8(name.series)
      .u32(name.epoch)
      .take();
}

}  // namespace coffer::seal
