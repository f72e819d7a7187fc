#pragma once
// MemoryRoot is a root for tests. Its generations lie in a Vault that outlives it, as a key file
// outlives a process; a copy of the Vault is what an attacker kept. It can fail at its N-th call,
// before or after the call took effect.
#include <map>
#include <memory>

#include "base/wire.h"
#include "crypto/aead.h"
#include "crypto/system_random.h"
#include "seal/root.h"

namespace coffer::seal {

class MemoryRoot : public Root {
 public:
  struct Vault {
    std::map<uint32_t, Secret> generations;
    Vault copy() const {
      Vault out;
      for (const auto& [generation, key] : generations)
        out.generations.emplace(generation, key.clone());
      return out;
    }
    static Vault make(Random& random) {
      Vault out;
      out.generations.emplace(1, crypto::random_secret(random));
      return out;
    }
  };

  MemoryRoot(Vault& vault, Random& random) : vault_(vault), random_(random) {}

  // fail_at makes the N-th call from now fail, and all after it, as for a process that died there.
  void fail_at(int call, bool after_effect) {
    calls_left_ = call;
    after_effect_ = after_effect;
  }
  int calls() const { return calls_; }

  std::string kind() const override { return "memory"; }
  uint32_t generation() const override { return vault_.generations.rbegin()->first; }
  bool rotating() const override { return vault_.generations.size() > 1; }

  Task<Result<Bytes>> wrap(Secret key, Bytes aad) override {
    if (dies()) co_return gone();
    Bytes out = Writer().u32(generation()).take();
    out += crypto::wrap_secret(vault_.generations.rbegin()->second, "memory root", out + aad, key,
                               random_);
    co_return out;
  }
  Task<Result<Secret>> unwrap(Bytes wrapped, Bytes aad) override {
    if (dies()) co_return gone();
    auto root = vault_.generations.find(Reader(wrapped).u32());
    if (wrapped.size() < 4 || root == vault_.generations.end())
      co_return Error{"RootKeyRefused", "no such generation"};
    auto key = crypto::unwrap_secret(root->second, "memory root", wrapped.substr(0, 4) + aad,
                                     ByteView(wrapped).substr(4));
    if (!key) co_return Error{"RootKeyRefused", "another root"};
    co_return std::move(*key);
  }
  Task<Status> begin_rotation() override {
    if (dies() && !after_effect_) co_return gone();
    if (!rotating()) vault_.generations.emplace(generation() + 1, crypto::random_secret(random_));
    if (dead()) co_return gone();
    co_return ok_status();
  }
  Task<Status> finish_rotation() override {
    if (dies() && !after_effect_) co_return gone();
    while (rotating()) vault_.generations.erase(vault_.generations.begin());
    if (dead()) co_return gone();
    co_return ok_status();
  }

 private:
  static Error gone() { return Error{"InternalError", "the root is gone"}; }
  bool dead() const { return calls_left_ == 0; }
  bool dies() {
    ++calls_;
    if (calls_left_ > 0) --calls_left_;
    return dead();
  }

  Vault& vault_;
  Random& random_;
  int calls_ = 0, calls_left_ = -1;
  bool after_effect_ = false;
};

}  // namespace coffer::seal
