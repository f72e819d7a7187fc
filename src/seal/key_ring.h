#pragma once
// KeyRing is one immutable set of opened domain keys. A change makes another ring; who holds one
// keeps sealing with it.
#include <array>
#include <map>
#include <memory>

#include "seal/domain_rows.h"

namespace coffer::seal {

struct DomainKey {
  explicit DomainKey(uint8_t series, Secret secret);
  Secret key;      // for sealing and wrapping, each under a label of its own
  Secret mac_key;  // derived from it
};

class KeyRing {
 public:
  using Key = std::shared_ptr<const DomainKey>;

  Key find(DomainName name) const {
    auto i = keys_.find(name);
    return i == keys_.end() ? nullptr : i->second;
  }
  // current answers the newest epoch of the series, 0 where it has none.
  uint32_t current(uint8_t series) const;
  void put(DomainName name, Key key);
  void erase(DomainName name);
  const std::map<DomainName, Key>& all() const { return keys_; }

 private:
  std::map<DomainName, Key> keys_;
  std::array<uint32_t, kSeriesCount + 1> current_{};
};

std::string_view series_name(uint8_t series);  // "kms"

}  // namespace coffer::seal
