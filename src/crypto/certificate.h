#pragma once
// Certificates of the local CA: ECDSA P-256, X.509 v3 (RFC 5280). PEM in, PEM out. Slow: WorkPool
// or start-up only.
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace coffer::crypto {

struct KeyAndCertificate {
  Secret key_pem;  // PKCS#8
  std::string certificate_pem;
};

Result<KeyAndCertificate> make_ca(std::string_view common_name, UnixMs not_before,
                                  UnixMs not_after);
// `names`: DNS names (wildcards allowed) and IP addresses, which become subjectAltName entries.
// extendedKeyUsage serverAuth.
Result<KeyAndCertificate> make_server_certificate(const KeyAndCertificate& ca,
                                                  const std::vector<std::string>& names,
                                                  UnixMs not_before, UnixMs not_after);

struct CertificateFacts {
  UnixMs not_before = 0, not_after = 0;
  std::vector<std::string> names;  // subjectAltName: DNS names and IP addresses
};
Result<CertificateFacts> inspect_certificate(std::string_view certificate_pem);
Secret read_key_pem(ByteView pem);  // a file's contents become a Secret
Status write_key_file(const std::string& path,
                      const Secret& pem);  // mode 0600, synced, renamed into place

}  // namespace coffer::crypto
