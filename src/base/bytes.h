#pragma once
// Bytes are owned octets, not text. A ByteView never outlives the call it is passed to.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace coffer {

using Bytes = std::string;
using ByteView = std::string_view;
using MutableBytes = std::span<char>;

template <size_t N>
struct FixedBytes : std::array<uint8_t, N> {
  ByteView view() const { return {reinterpret_cast<const char*>(this->data()), N}; }
  static FixedBytes from(ByteView v) {
    FixedBytes out{};
    for (size_t i = 0; i < N && i < v.size(); ++i) out[i] = static_cast<uint8_t>(v[i]);
    return out;
  }
};

// Id128 is a random identifier: of an object, an extent, a bucket's instance. Unique for all time,
// never reused.
using Id128 = FixedBytes<16>;
using Hash256 = FixedBytes<32>;

}  // namespace coffer
