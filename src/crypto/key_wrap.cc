#include "crypto/key_wrap.h"

#include <cstring>

#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr size_t kKeyBytesMax = 64 * 1024;  // far above any key, far below what EVP's int can count

const EVP_CIPHER* wrap_cipher(size_t kek_bytes, bool pad) {
  static const EVP_CIPHER* const kCiphers[2][3] = {
      {fetch_cipher("AES-128-WRAP"), fetch_cipher("AES-192-WRAP"), fetch_cipher("AES-256-WRAP")},
      {fetch_cipher("AES-128-WRAP-PAD"), fetch_cipher("AES-192-WRAP-PAD"),
       fetch_cipher("AES-256-WRAP-PAD")}};
  CHECK(kek_bytes == 16 || kek_bytes == 24 || kek_bytes == 32);
  return kCiphers[pad][kek_bytes / 8 - 2];
}

// run answers the bytes written to `out`, or nullopt. Contexts are not kept: wrapping is rare, and
// a kept one holds the key.
std::optional<size_t> run(const Secret& kek, bool pad, bool wrap, ByteView in, MutableBytes out) {
  CipherCtx ctx(EVP_CIPHER_CTX_new());
  CHECK(ctx != nullptr);
  EVP_CIPHER_CTX_set_flags(ctx.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  const EVP_CIPHER* cipher = wrap_cipher(kek.size(), pad);
  CHECK(EVP_CipherInit_ex2(ctx.get(), cipher, octets(read_key(kek)), nullptr, wrap, nullptr) == 1);
  int n = 0;
  if (EVP_CipherUpdate(ctx.get(), octets(out), &n, octets(in), static_cast<int>(in.size())) != 1 ||
      n <= 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  CHECK(static_cast<size_t>(n) <= out.size());
  return static_cast<size_t>(n);
}

std::optional<Bytes> wrap_key(const Secret& kek, bool pad, const Secret& key) {
  Bytes out((key.size() + 7) / 8 * 8 + 8, '\0');
  auto n = run(kek, pad, true, read_key(key), out);
  if (!n) return std::nullopt;
  out.resize(*n);
  return out;
}

std::optional<Secret> unwrap_key(const Secret& kek, bool pad, ByteView wrapped) {
  Secret buffer(
      wrapped.size());  // OpenSSL works in the output, and may use all of the input's length
  auto n = run(kek, pad, false, wrapped, write_key(buffer));
  if (!n) return std::nullopt;
  return Secret::copy_of(read_key(buffer).substr(0, *n));
}

}  // namespace

std::optional<Bytes> kw_wrap(const Secret& kek, const Secret& key) {
  if (key.size() < 16 || key.size() % 8 != 0 || key.size() > kKeyBytesMax) return std::nullopt;
  return wrap_key(kek, false, key);
}

std::optional<Secret> kw_unwrap(const Secret& kek, ByteView wrapped) {
  if (wrapped.size() < 24 || wrapped.size() % 8 != 0 || wrapped.size() > kKeyBytesMax + 8)
    return std::nullopt;
  return unwrap_key(kek, false, wrapped);
}

std::optional<Bytes> kwp_wrap(const Secret& kek, const Secret& key) {
  if (key.empty() || key.size() > kKeyBytesMax) return std::nullopt;
  return wrap_key(kek, true, key);
}

std::optional<Secret> kwp_unwrap(const Secret& kek, ByteView wrapped) {
  if (wrapped.size() < 16 || wrapped.size() % 8 != 0 || wrapped.size() > kKeyBytesMax + 8)
    return std::nullopt;
  return unwrap_key(kek, true, wrapped);
}

}  // namespace coffer::crypto
