#pragma once
// Readers of tests/vectors/. For tests.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "crypto/openssl.h"

namespace coffer::crypto {

using Vector = std::map<std::string, std::string>;

inline std::ifstream open_vectors(const std::string& file) {
  std::ifstream in(std::string(COFFER_SOURCE_DIR "/tests/vectors/") + file);
  EXPECT_TRUE(in.is_open()) << file;
  return in;
}

// read_rsp reads "NAME = value" lines; an empty line ends a vector.
inline std::vector<Vector> read_rsp(const std::string& file) {
  std::vector<Vector> all;
  Vector one;
  std::ifstream in = open_vectors(file);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() && !one.empty()) all.push_back(std::exchange(one, {}));
    const size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string::npos) continue;
    one[std::string(trim(line.substr(0, equals)))] = trim(line.substr(equals + 1));
  }
  if (!one.empty()) all.push_back(std::move(one));
  return all;
}

inline Bytes unhexed(std::string_view text) {
  auto bytes = unhex(text);
  EXPECT_TRUE(bytes) << text;
  return bytes.value_or("");
}

inline Secret secret_of(ByteView bytes) { return Secret::copy_of(bytes); }
inline Secret unhexed_secret(std::string_view text) { return Secret::copy_of(unhexed(text)); }
inline std::string hex_of(const Secret& secret) { return hex(read_key(secret)); }

// for_each_wycheproof calls use(group, test) for every test of a Wycheproof file.
template <class Use>
void for_each_wycheproof(const std::string& file, Use use) {
  std::ifstream in = open_vectors(file);
  const auto all = nlohmann::json::parse(in);
  for (const auto& group : all["testGroups"]) {
    for (const auto& test : group["tests"]) {
      SCOPED_TRACE(file + " tcId " + test["tcId"].dump() + " " +
                   test["comment"].get<std::string>());
      use(group, test);
    }
  }
}

}  // namespace coffer::crypto
