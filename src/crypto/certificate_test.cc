#include "crypto/certificate.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "crypto/openssl.h"

namespace coffer::crypto {
namespace {

constexpr UnixMs kFrom = 1767225600000, kTo = 1798761600000;  // 2026

using Certificate = OpensslPtr<X509, X509_free>;

Certificate parsed(const std::string& pem) {
  OpensslPtr<BIO, BIO_free_all> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// verifies asks OpenSSL's own path validation, as a TLS client would.
bool verifies(const std::string& ca, const std::string& server, const char* host) {
  OpensslPtr<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  OpensslPtr<X509_STORE_CTX, X509_STORE_CTX_free> ctx(X509_STORE_CTX_new());
  Certificate root = parsed(ca), leaf = parsed(server);
  X509_STORE_add_cert(store.get(), root.get());
  X509_STORE_CTX_init(ctx.get(), store.get(), leaf.get(), nullptr);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(ctx.get());
  X509_VERIFY_PARAM_set_time(param, kFrom / 1000 + 1);
  X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
  if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1) X509_VERIFY_PARAM_set1_host(param, host, 0);
  ERR_clear_error();
  const bool ok = X509_verify_cert(ctx.get()) == 1;
  if (!ok)
    std::printf("%s: %s\n", host,
                X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx.get())));
  return ok;
}

TEST(Certificate, AClientTrustsWhatTheCaSigned) {
  auto ca = make_ca("Coffer test CA", kFrom, kTo);
  ASSERT_TRUE(ca.ok());
  auto server = make_server_certificate(
      *ca, {"s3.example.test", "*.s3.example.test", "127.0.0.1", "::1"}, kFrom, kTo);
  ASSERT_TRUE(server.ok()) << server.error().message;
  for (auto host : {"s3.example.test", "bucket.s3.example.test", "127.0.0.1", "::1"}) {
    EXPECT_TRUE(verifies(ca->certificate_pem, server->certificate_pem, host)) << host;
  }
  EXPECT_FALSE(verifies(ca->certificate_pem, server->certificate_pem, "example.test"));
  EXPECT_FALSE(verifies(ca->certificate_pem, server->certificate_pem, "127.0.0.2"));
  auto other = make_ca("Coffer test CA", kFrom, kTo);
  EXPECT_FALSE(verifies(other->certificate_pem, server->certificate_pem, "s3.example.test"));
  EXPECT_TRUE(read_key(server->key_pem).starts_with("-----BEGIN PRIVATE KEY-----"));
}

TEST(Certificate, Facts) {
  auto ca = make_ca("Coffer test CA", kFrom, kTo);
  const std::vector<std::string> names{"a.test", "*.a.test", "10.1.2.3", "fe80::1"};
  auto server = make_server_certificate(*ca, names, kFrom, kTo);
  auto facts = inspect_certificate(server->certificate_pem);
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->not_before, kFrom);
  EXPECT_EQ(facts->not_after, kTo);
  EXPECT_EQ(facts->names, names);
  EXPECT_TRUE(inspect_certificate(ca->certificate_pem)->names.empty());
}

TEST(Certificate, RefusesNonsense) {
  auto ca = make_ca("Coffer test CA", kFrom, kTo);
  auto other = make_ca("Coffer test CA", kFrom, kTo);
  EXPECT_FALSE(make_ca("", kFrom, kTo).ok());
  EXPECT_FALSE(make_ca(std::string(65, 'x'), kFrom, kTo).ok());
  EXPECT_FALSE(make_ca("x", kTo, kFrom).ok());
  EXPECT_FALSE(make_server_certificate(*ca, {}, kFrom, kTo).ok());
  for (auto name : {"", "a b", "a,DNS:b", "*.", ".a", "a.", "a\n"}) {
    EXPECT_FALSE(make_server_certificate(*ca, {name}, kFrom, kTo).ok()) << name;
  }
  const KeyAndCertificate crossed{ca->key_pem.clone(), other->certificate_pem};
  EXPECT_FALSE(make_server_certificate(crossed, {"a.test"}, kFrom, kTo).ok());
  const KeyAndCertificate garbage{read_key_pem("garbage"), ca->certificate_pem};
  EXPECT_FALSE(make_server_certificate(garbage, {"a.test"}, kFrom, kTo).ok());
  EXPECT_FALSE(inspect_certificate("garbage").ok());
}

TEST(KeyFile, WrittenForItsOwnerAlone) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("coffer-key-" + std::to_string(::getpid()));
  std::filesystem::create_directory(directory);
  const std::string path = directory / "key.pem";
  for (auto text : {"first", "second"}) {
    ASSERT_TRUE(write_key_file(path, Secret::copy_of(text)).ok());
    std::ifstream in(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), text);
    struct stat facts{};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600U);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1);
  EXPECT_FALSE(write_key_file(directory / "none" / "key.pem", Secret::copy_of("x")).ok());
  std::filesystem::create_directory(directory / "taken");
  EXPECT_FALSE(write_key_file(directory / "taken", Secret::copy_of("x")).ok());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}),
            2);  // nothing half written remains
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace coffer::crypto
