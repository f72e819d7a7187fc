#pragma once
// The rows of partition "seal" as bytes (docs/formats/sealed.md): one for the state of the whole,
// one for each living domain key.
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "seal/domain_keys.h"

namespace coffer::seal {

constexpr char kPartition[] = "seal";
constexpr char kStateKey[] = "state";
constexpr char kDomainPrefix[] = "domain/";
constexpr uint8_t kSeriesCount = 4;

// State is guarded by every change: `change` is drawn anew each time, so that equal bytes mean the
// same change.
struct State {
  Id128 store{};  // bound into every wrapped domain key
  Id128 change{};
  uint32_t closing_generation =
      0;  // of the root: it and the earlier ones are to be destroyed; 0: nothing is under way
  uint8_t closing_series = 0;  // whose epochs before closing_before are to be destroyed; 0: none
  uint32_t closing_before = 0;

  bool closing() const { return closing_generation != 0; }
  bool closes(uint8_t series, uint32_t epoch) const {
    return closing() && series == closing_series && epoch < closing_before;
  }
};
Bytes encode_state(const State& state);
Result<State> decode_state(ByteView row);

struct DomainName {
  uint8_t series = 0;
  uint32_t epoch = 0;
  friend auto operator<=>(const DomainName&, const DomainName&) = default;
};
std::string domain_row_key(DomainName name);  // domain/1/00000007
std::optional<DomainName> parse_domain_row_key(std::string_view key);
Bytes domain_row(ByteView wrapped);
Result<Bytes> wrapped_of_row(ByteView row);
Bytes domain_aad(const Id128& store, DomainName name);  // what the root binds a domain key to

}  // namespace coffer::seal
