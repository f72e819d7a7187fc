#include "kms/envelope.h"

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/aead.h"
#include "crypto/mac.h"
#include "kms/secret_access.h"

namespace coffer::kms {

namespace {

constexpr std::string_view kMagic = "CFK";
constexpr uint8_t kVersion = 1;
constexpr size_t kHeaderBytes = 3 + 1 + 12 + 1 + 16 + 32 + 16 + 32;
constexpr std::string_view kSealLabel = "coffer kms seal";
constexpr std::string_view kCommitLabel = "coffer kms commitment";
enum IdForm : uint8_t { kUuid = 0, kMultiRegion = 1 };

// A key ID as 17 bytes: its form and its 128 bits.
Bytes pack_key_id(std::string_view id) {
  const bool multi = id.starts_with("mrk-");
  std::string digits;
  for (char c : multi ? id.substr(4) : id)
    if (c != '-') digits += c;
  auto bits = unhex(digits);
  CHECK(bits && bits->size() == 16);
  return std::string(1, static_cast<char>(multi ? kMultiRegion : kUuid)) + *bits;
}

std::optional<std::string> unpack_key_id(uint8_t form, ByteView bits) {
  const std::string d = hex(bits);
  if (form == kMultiRegion) return "mrk-" + d;
  if (form != kUuid) return std::nullopt;
  return fmt::format("{}-{}-{}-{}-{}", d.substr(0, 8), d.substr(8, 4), d.substr(12, 4),
                     d.substr(16, 4), d.substr(20, 12));
}

void put_u32(Bytes& out, uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}

// What both derivations are bound to: the KMS key, its material and the salt, so that the same
// material in another key opens nothing.
Bytes derivation_context(const BlobHeader& header) {
  Writer w;
  w.raw(header.account)
      .raw(pack_key_id(header.key_id))
      .raw(header.material.view())
      .raw(header.salt.view());
  return w.take();
}

Bytes encode_header(const BlobHeader& header) {
  Writer w;
  w.raw(kMagic).u8(kVersion).raw(header.account).raw(pack_key_id(header.key_id));
  w.raw(header.material.view()).raw(header.salt.view()).raw(header.commitment.view());
  CHECK(w.size() == kHeaderBytes);
  return w.take();
}

Hash256 commit_to(const Secret& backing, ByteView derivation) {
  const Secret value = crypto::kdf(backing, kCommitLabel, derivation);
  return Hash256::from(value.reveal(KmsAccess::get()));
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20) {
      out += fmt::format("\\u{:04x}", u);
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

Error invalid_ciphertext() { return Error{"InvalidCiphertextException", ""}; }

std::optional<BlobHeader> parse_blob(ByteView blob) {
  if (blob.size() < kHeaderBytes + crypto::kTagBytes + 1 || blob.size() > kBlobBytesMax)
    return std::nullopt;
  Reader r(blob);
  if (r.raw(3) != kMagic || r.u8() != kVersion) return std::nullopt;
  BlobHeader out;
  out.account = std::string(r.raw(12));
  for (char c : out.account)
    if (c < '0' || c > '9') return std::nullopt;
  const uint8_t form = r.u8();
  auto id = unpack_key_id(form, r.raw(16));
  if (!id) return std::nullopt;
  out.key_id = std::move(*id);
  out.material = r.fixed<Hash256>();
  out.salt = r.fixed<FixedBytes<16>>();
  out.commitment = r.fixed<Hash256>();
  return out;
}

Bytes canonical_context(const EncryptionContext& context) {
  Bytes out;
  for (const auto& [name, value] : context) {  // std::map: in byte order already
    put_u32(out, static_cast<uint32_t>(name.size()));
    out += name;
    put_u32(out, static_cast<uint32_t>(value.size()));
    out += value;
  }
  return out;
}

std::string context_json(const EncryptionContext& context) {
  std::string out = "{";
  for (const auto& [name, value] : context) {
    if (out.size() > 1) out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  return out + '}';
}

Status check_context(const EncryptionContext& context) {
  size_t bytes = 0;
  for (const auto& [name, value] : context) bytes += 8 + name.size() + value.size();
  if (bytes <= kContextBytesMax) return ok_status();
  return Error{"ValidationException",
               fmt::format("1 validation error detected: Value at 'encryptionContext' failed to "
                           "satisfy constraint: Member must "
                           "have length less than or equal to {}",
                           kContextBytesMax)};
}

Bytes seal_blob(const Key& key, const EncryptionContext& context, const Secret& plaintext,
                Random& random) {
  CHECK(key.made() && key.symmetric() && !plaintext.empty() &&
        plaintext.size() <= kPlaintextBytesMax);
  const Secret& backing = *key.current().opened;
  BlobHeader header{.account = key.account, .key_id = key.id, .material = key.current().id};
  random.fill({reinterpret_cast<char*>(header.salt.data()), header.salt.size()});
  const Bytes derivation = derivation_context(header);
  header.commitment = commit_to(backing, derivation);
  const Secret once = crypto::kdf(backing, kSealLabel, derivation);

  Bytes out = encode_header(header);
  const Bytes aad = out + canonical_context(context);
  out.resize(kHeaderBytes + plaintext.size() + crypto::kTagBytes);
  // The key is used once, so a fixed nonce cannot repeat under it.
  crypto::seal_into(once, crypto::Nonce{}, aad, plaintext.reveal(KmsAccess::get()),
                    MutableBytes(out).subspan(kHeaderBytes));
  return out;
}

Result<Opened> open_blob(const Key& key, const EncryptionContext& context, ByteView blob) {
  auto header = parse_blob(blob);
  if (!header || header->account != key.account || header->key_id != key.id || !key.symmetric())
    return invalid_ciphertext();
  const Material* material = key.material(header->material.view());
  if (material == nullptr) return invalid_ciphertext();
  const Bytes derivation = derivation_context(*header);
  if (!equal_ct(commit_to(*material->opened, derivation).view(), header->commitment.view()))
    return invalid_ciphertext();

  const Secret once = crypto::kdf(*material->opened, kSealLabel, derivation);
  const Bytes aad = Bytes(blob.substr(0, kHeaderBytes)) + canonical_context(context);
  Opened out{.plaintext = Secret(blob.size() - kHeaderBytes - crypto::kTagBytes),
             .material = material->id};
  if (!crypto::open_into(once, crypto::Nonce{}, aad, blob.substr(kHeaderBytes),
                         out.plaintext.reveal_mutable(KmsAccess::get())))
    return invalid_ciphertext();
  return out;
}

}  // namespace coffer::kms
