#include "crypto/certificate.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "crypto/openssl.h"
#include "crypto/system_random.h"

namespace coffer::crypto {
namespace {

using Bio = OpensslPtr<BIO, BIO_free_all>;
using Key = OpensslPtr<EVP_PKEY, EVP_PKEY_free>;
using Certificate = OpensslPtr<X509, X509_free>;
using Extension = OpensslPtr<X509_EXTENSION, X509_EXTENSION_free>;
using Names = OpensslPtr<GENERAL_NAMES, GENERAL_NAMES_free>;
using Serial = OpensslPtr<BIGNUM, BN_free>;

Error invalid(std::string message) {
  ERR_clear_error();
  return Error{"InvalidArgument", std::move(message)};
}

// An encrypted PEM must not make the server ask its terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Bio memory(ByteView bytes) {
  Bio bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  CHECK(bio != nullptr);
  return bio;
}

Key read_private_key(const Secret& pem) {
  return Key(PEM_read_bio_PrivateKey(memory(read_key(pem)).get(), nullptr, no_passphrase, nullptr));
}

Certificate read_certificate(std::string_view pem) {
  return Certificate(PEM_read_bio_X509(memory(pem).get(), nullptr, no_passphrase, nullptr));
}

ByteView contents(BIO* bio) {
  char* data = nullptr;
  const long n = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(n)};
}

KeyAndCertificate write_pems(EVP_PKEY* key, X509* certificate) {
  Bio key_bio(BIO_new(BIO_s_mem())),
      certificate_bio(BIO_new(BIO_s_mem()));  // a memory BIO cleanses what it frees
  CHECK(PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) ==
        1);
  CHECK(PEM_write_bio_X509(certificate_bio.get(), certificate) == 1);
  return {Secret::copy_of(contents(key_bio.get())), std::string(contents(certificate_bio.get()))};
}

void set_serial(X509* certificate) {
  FixedBytes<16> bytes;
  SystemRandom().fill({reinterpret_cast<char*>(bytes.data()), bytes.size()});
  bytes[0] = static_cast<uint8_t>((bytes[0] & 0x7f) |
                                  0x40);  // RFC 5280 section 4.1.2.2: positive, and never zero
  Serial serial(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  CHECK(serial && BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) != nullptr);
}

// add_extension takes a value that is our own constant: OpenSSL's parser of these texts never sees
// a caller's name.
void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX ctx;
  X509V3_set_ctx(&ctx, issuer, certificate, nullptr, nullptr, 0);
  Extension extension(X509V3_EXT_conf_nid(nullptr, &ctx, nid, value));
  CHECK(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void set_common_name(X509_NAME* name, std::string_view text) {
  CHECK(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, octets(text),
                                   static_cast<int>(text.size()), -1, 0) == 1);
}

Certificate blank_certificate(EVP_PKEY* key, UnixMs not_before, UnixMs not_after) {
  Certificate certificate(X509_new());
  CHECK(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  set_serial(certificate.get());
  CHECK(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), not_before / 1000) != nullptr);
  CHECK(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), not_after / 1000) != nullptr);
  CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

bool valid_period(UnixMs not_before, UnixMs not_after) {
  constexpr UnixMs kYear10000 = 253'402'300'800'000;
  return not_before >= 0 && not_before < not_after && not_after < kYear10000;
}

bool is_dns_name(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  return !name.empty() && name.size() <= 253 && name.front() != '.' && name.back() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

GENERAL_NAME* new_general_name(const std::string& name) {
  uint8_t address[16];
  const bool v4 = ::inet_pton(AF_INET, name.c_str(), address) == 1;
  const bool ip = v4 || ::inet_pton(AF_INET6, name.c_str(), address) == 1;
  if (!ip && !is_dns_name(name)) return nullptr;
  ASN1_STRING* text = ip ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
  GENERAL_NAME* out = GENERAL_NAME_new();
  CHECK(text && out);
  CHECK(ASN1_STRING_set(text, ip ? static_cast<const void*>(address) : name.data(),
                        ip ? (v4 ? 4 : 16) : static_cast<int>(name.size())) == 1);
  GENERAL_NAME_set0_value(out, ip ? GEN_IPADD : GEN_DNS, text);
  return out;
}

Status add_names(X509* certificate, const std::vector<std::string>& names) {
  Names all(GENERAL_NAMES_new());
  CHECK(all != nullptr);
  for (const auto& name : names) {
    GENERAL_NAME* general = new_general_name(name);
    if (!general) return invalid("A certificate needs DNS names and IP addresses.");
    CHECK(sk_GENERAL_NAME_push(all.get(), general) > 0);
  }
  // RFC 5280 section 4.2.1.6: critical, because the subject is empty.
  CHECK(X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 1, X509V3_ADD_DEFAULT) ==
        1);
  return ok_status();
}

std::optional<UnixMs> unix_ms(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return static_cast<UnixMs>(::timegm(&parts)) * 1000;
}

std::optional<std::string> name_text(const GENERAL_NAME* name) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  if (type != GEN_DNS && type != GEN_IPADD) return std::nullopt;
  const uint8_t* data = ASN1_STRING_get0_data(value);
  const int size = ASN1_STRING_length(value);
  if (type == GEN_DNS)
    return std::string(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  char text[INET6_ADDRSTRLEN];
  if (size != 4 && size != 16) return std::nullopt;
  if (!::inet_ntop(size == 4 ? AF_INET : AF_INET6, data, text, sizeof text)) return std::nullopt;
  return std::string(text);
}

}  // namespace

Result<KeyAndCertificate> make_ca(std::string_view common_name, UnixMs not_before,
                                  UnixMs not_after) {
  if (common_name.empty() || common_name.size() > 64)
    return invalid("A CA's name has 1 to 64 bytes.");
  if (!valid_period(not_before, not_after))
    return invalid("The certificate's period is not valid.");
  Key key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  Certificate ca = blank_certificate(key.get(), not_before, not_after);
  X509_NAME* name = X509_get_subject_name(ca.get());
  set_common_name(name, common_name);
  CHECK(X509_set_issuer_name(ca.get(), name) == 1);
  add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  CHECK(X509_sign(ca.get(), key.get(), EVP_sha256()) > 0);
  return write_pems(key.get(), ca.get());
}

Result<KeyAndCertificate> make_server_certificate(const KeyAndCertificate& ca,
                                                  const std::vector<std::string>& names,
                                                  UnixMs not_before, UnixMs not_after) {
  if (names.empty()) return invalid("A server's certificate needs a name.");
  if (!valid_period(not_before, not_after))
    return invalid("The certificate's period is not valid.");
  Key ca_key = read_private_key(ca.key_pem);
  Certificate issuer = read_certificate(ca.certificate_pem);
  if (!ca_key || !issuer) return invalid("The CA's key or certificate is not PEM.");
  if (X509_check_private_key(issuer.get(), ca_key.get()) != 1)
    return invalid("The CA's key is another's.");

  Key key(EVP_EC_gen("P-256"));
  CHECK(key != nullptr);
  Certificate made = blank_certificate(key.get(), not_before, not_after);
  CHECK(X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get())) == 1);
  add_extension(made.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(made.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(made.get(), issuer.get(), NID_ext_key_usage, "serverAuth");
  add_extension(made.get(), issuer.get(), NID_subject_key_identifier, "hash");
  add_extension(made.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  TRY_OK(add_names(made.get(), names));
  if (X509_sign(made.get(), ca_key.get(), EVP_sha256()) <= 0)
    return invalid("The CA's key cannot sign.");
  return write_pems(key.get(), made.get());
}

Result<CertificateFacts> inspect_certificate(std::string_view certificate_pem) {
  Certificate certificate = read_certificate(certificate_pem);
  if (!certificate) return invalid("The certificate is not PEM.");
  auto not_before = unix_ms(X509_get0_notBefore(certificate.get()));
  auto not_after = unix_ms(X509_get0_notAfter(certificate.get()));
  if (!not_before || !not_after) return invalid("The certificate's period is not valid.");
  CertificateFacts facts{*not_before, *not_after, {}};
  Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    if (auto text = name_text(sk_GENERAL_NAME_value(names.get(), i)))
      facts.names.push_back(std::move(*text));
  }
  return facts;
}

}  // namespace coffer::crypto
