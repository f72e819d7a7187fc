#include "crypto/passphrase.h"

#include "crypto/openssl.h"

namespace coffer::crypto {

Result<Secret> stretch_passphrase(const Secret& passphrase, ByteView salt, unsigned log2_n) {
  constexpr unsigned kLog2NMin = 14, kLog2NMax = 20;
  constexpr uint64_t kR = 8, kP = 1;
  if (log2_n < kLog2NMin || log2_n > kLog2NMax) {
    return Error{"InvalidArgument", "The passphrase's work factor is out of range."};
  }
  const uint64_t n = uint64_t{1} << log2_n;
  const uint64_t memory_bytes_max = 128 * kR * (n + kP + 2) + 4096;
  ByteView pass = read_key(passphrase);
  Secret out(32);
  if (EVP_PBE_scrypt(pass.data() ? pass.data() : "", pass.size(), octets(salt), salt.size(), n, kR,
                     kP, memory_bytes_max, octets(write_key(out)), out.size()) != 1) {
    ERR_clear_error();
    return internal_error("scrypt failed: not enough memory?");
  }
  return out;
}

}  // namespace coffer::crypto
