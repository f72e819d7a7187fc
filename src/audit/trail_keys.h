#pragma once
// TrailKeys sign digests and checkpoints: RSA of 2048 bits, made when one is first needed, kept
// sealed. Source: CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity
// validation".
#include <mutex>

#include "audit/log.h"
#include "base/secret.h"

namespace coffer::audit {

struct PublicKey {
  Bytes der;                // PKCS#1 RSAPublicKey (RFC 8017, appendix A.1.1)
  std::string fingerprint;  // MD5 of it, hex
  UnixMs begins_ms = 0, ends_ms = 0;
};

class TrailKeys {
 public:
  TrailKeys(store::MetaStore& meta, seal::DomainKeys& keys, Clock& clock, WorkPool& pool)
      : meta_(meta), keys_(keys), clock_(clock), pool_(pool) {}

  Task<Status> load();
  void clear();
  std::vector<PublicKey> public_keys() const;
  // current answers the key that signs now, made where there is none.
  Task<Result<PublicKey>> current();
  // sign answers the PKCS#1 v1.5 signature over SHA-256 of `text` under the current key.
  Task<Result<Bytes>> sign(std::string text);
  // verify is false where no key has this fingerprint, or the signature is not over `text`.
  bool verify(std::string_view fingerprint, std::string_view text, ByteView signature) const;

 private:
  struct Key {
    PublicKey key;
    Secret private_key;
  };
  using KeyPtr = std::shared_ptr<const Key>;
  Task<Result<KeyPtr>> key_for_use();
  Result<KeyPtr> open_row(const std::string& name, ByteView row) const;

  store::MetaStore& meta_;
  seal::DomainKeys& keys_;
  Clock& clock_;
  WorkPool& pool_;
  mutable std::mutex mutex_;
  std::vector<KeyPtr> known_;  // in the order of their making
};

// pkcs1_of takes the RSA public key out of a SubjectPublicKeyInfo; nullopt: there is none.
std::optional<Bytes> pkcs1_of(ByteView subject_public_key_info);

}  // namespace coffer::audit
