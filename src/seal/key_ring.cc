#include "seal/key_ring.h"

#include "crypto/mac.h"

namespace coffer::seal {

DomainKey::DomainKey(uint8_t series, Secret secret)
    : key(std::move(secret)),
      mac_key(crypto::kdf(key, fmt::format("coffer domain mac {}", series_name(series)), {})) {}

uint32_t KeyRing::current(uint8_t series) const { return current_[series]; }

void KeyRing::put(DomainName name, Key key) {
  keys_[name] = std::move(key);
  current_[name.series] = std::max(current_[name.series], name.epoch);
}

void KeyRing::erase(DomainName name) {
  CHECK(name.epoch != current_[name.series]);  // a series always has a current epoch
  keys_.erase(name);
}

std::string_view series_name(uint8_t series) {
  static constexpr std::string_view kNames[] = {"", "kms", "iam", "audit", "s3"};
  CHECK(series >= 1 && series <= kSeriesCount);
  return kNames[series];
}

}  // namespace coffer::seal
