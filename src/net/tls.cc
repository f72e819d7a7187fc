#include "net/tls.h"

#include <boost/asio/ssl/context.hpp>

namespace coffer {

// NetAccess opens the listener's private key, for set_tls alone.
struct NetAccess {
  static SecretAccess make() { return SecretAccess(); }
};

}  // namespace coffer

namespace coffer::net {

namespace {

constexpr char kSuites12[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kSuites13[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kGroups[] = "X25519:P-256";
constexpr size_t kReadBufferBytes = 32 * 1024;  // more than one record: fewer reads of an upload
constexpr unsigned char kProtocols[] = "\x08http/1.1";
constexpr unsigned char kSessionIdContext[] = "coffer";

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* p) const {
    kFree(p);
  }
};
using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using CertificatePtr = std::unique_ptr<X509, Free<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

Error refused(std::string_view what) {
  ERR_clear_error();
  return Error{"InvalidArgument", "The TLS certificate cannot be used: " + std::string(what) + "."};
}

int no_passphrase(char*, int, int, void*) { return -1; }

BioPtr reader(ByteView pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* in, unsigned int in_size, void*) {
  unsigned char* chosen = nullptr;
  int found =
      SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof kProtocols - 1, in, in_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

Status load_chain(SSL_CTX* context, std::string_view pem) {
  BioPtr in = reader(pem);
  CertificatePtr leaf(PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr));
  if (!leaf) return refused("no certificate in the file");
  if (SSL_CTX_use_certificate(context, leaf.get()) != 1) return refused("its kind is not accepted");
  while (X509* issuer = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, issuer) != 1) {
      X509_free(issuer);
      return refused("its chain is broken");
    }
  }
  ERR_clear_error();  // the end of the file is one
  return ok_status();
}

Status load_key(SSL_CTX* context, const Secret& pem) {
  BioPtr in = reader(pem.reveal(NetAccess::make()));
  KeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  if (!key) return refused("no private key in the file");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return refused("the key is another one's");
  if (SSL_CTX_check_private_key(context) != 1) return refused("the key is another one's");
  return ok_status();
}

bool configure(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadBufferBytes);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets hold the state
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kSuites12) == 1 &&
         SSL_CTX_set_ciphersuites(context, kSuites13) == 1 &&
         SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
         SSL_CTX_set_num_tickets(context, 1) == 1 &&
         SSL_CTX_set_session_id_context(context, kSessionIdContext, sizeof kSessionIdContext - 1) ==
             1;
}

}  // namespace

void TlsSessionFree::operator()(ssl_st* session) const { SSL_free(session); }

Result<TlsContext> make_tls_context(const TlsFiles& files) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context || !configure(context.get()))
    return internal_error("TLS settings are not supported by OpenSSL");
  TRY_OK(load_chain(context.get(), files.certificate_chain_pem));
  TRY_OK(load_key(context.get(), files.key_pem));
  return context;
}

}  // namespace coffer::net
