#include "crypto/digest.h"

#include "base/encoding.h"
#include "crypto/sha256.h"

namespace coffer::crypto {

const EVP_MD* fetch_digest(Hash hash) {
  static const auto kFetched = [] {
    std::array<const EVP_MD*, 6> all{};
    const char* names[] = {"MD5", "SHA1", "SHA256", "SHA384", "SHA512", "SHA224"};
    for (size_t i = 0; i < all.size(); ++i) {
      all[i] = EVP_MD_fetch(nullptr, names[i], nullptr);
      CHECK(all[i] != nullptr);
    }
    return all;
  }();
  return kFetched.at(static_cast<size_t>(hash));
}

namespace {

DigestCtx new_ctx() {
  DigestCtx ctx(EVP_MD_CTX_new());
  CHECK(ctx != nullptr);
  return ctx;
}

}  // namespace

struct Digest::State {
  const EVP_MD* md;
  DigestCtx ctx = new_ctx();
};

Digest::Digest(Hash hash) : state_(new State{fetch_digest(hash)}) {
  CHECK(EVP_DigestInit_ex2(state_->ctx.get(), state_->md, nullptr) == 1);
}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(ByteView data) {
  CHECK(EVP_DigestUpdate(state_->ctx.get(), data.data(), data.size()) == 1);
}

Bytes Digest::finish() {
  Bytes out(size(), '\0');
  CHECK(EVP_DigestFinal_ex(state_->ctx.get(), octets(MutableBytes(out)), nullptr) == 1);
  CHECK(EVP_DigestInit_ex2(state_->ctx.get(), nullptr, nullptr) == 1);
  return out;
}

size_t Digest::size() const { return static_cast<size_t>(EVP_MD_get_size(state_->md)); }

Digest Digest::clone() const {
  Digest copy(Hash::kMd5);
  copy.state_->md = state_->md;
  CHECK(EVP_MD_CTX_copy_ex(copy.state_->ctx.get(), state_->ctx.get()) == 1);
  return copy;
}

Bytes digest(Hash hash, ByteView data) {
  const EVP_MD* md = fetch_digest(hash);
  Bytes out(static_cast<size_t>(EVP_MD_get_size(md)), '\0');
  CHECK(EVP_Digest(data.data(), data.size(), octets(MutableBytes(out)), nullptr, md, nullptr) == 1);
  return out;
}

Hash256 sha256(ByteView data) {
  Hash256 out;
  Sha256().update(data).finish(out);
  return out;
}

std::string sha256_hex(ByteView data) { return hex(sha256(data).view()); }

}  // namespace coffer::crypto
