#include "server/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "crypto/certificate.h"
#include "server/files.h"
#include "server/tls_files.h"

namespace coffer::server {
namespace {

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = testing::TempDir() + "config-XXXXXX";
    CHECK(::mkdtemp(pattern.data()));
    dir_ = pattern;
  }
  ~ConfigTest() override {
    ::unsetenv("COFFER_REGION");
    ::unsetenv("COFFER_DOMAIN");
    std::filesystem::remove_all(dir_);
  }
  Result<std::optional<Config>> read(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"server", "--data-dir", dir_ + "/data"});
    std::vector<const char*> argv;
    for (const std::string& a : arguments) argv.push_back(a.c_str());
    return read_config(static_cast<int>(argv.size()), argv.data());
  }
  std::string refusal(std::vector<std::string> arguments) {
    auto out = read(std::move(arguments));
    return out.ok() ? "no refusal" : out.error().message;
  }
  std::string file(std::string_view text) {
    std::ofstream(dir_ + "/coffer.toml") << text;
    return dir_ + "/coffer.toml";
  }

  std::string dir_;
};

TEST_F(ConfigTest, TheCommandLineWinsOverTheEnvironmentAndThatOverTheFile) {
  const std::string path = file(
      "region = \"eu-west-1\"\ndomain = [\"a.test\", \"b.test\"]\nthreads = 3\ntest-mode = true\n");
  auto from_file = read({"--config", path});
  ASSERT_TRUE(from_file.ok()) << from_file.error().message;
  EXPECT_EQ((*from_file)->region, "eu-west-1");
  EXPECT_EQ((*from_file)->domains, (std::vector<std::string>{"a.test", "b.test"}));
  EXPECT_EQ((*from_file)->threads, 3);
  EXPECT_TRUE((*from_file)->test_mode);
  ::setenv("COFFER_REGION", "eu-west-2", 1);
  ::setenv("COFFER_DOMAIN", "c.test,d.test", 1);
  auto from_environment = read({"--config", path});
  EXPECT_EQ((*from_environment)->region, "eu-west-2");
  EXPECT_EQ((*from_environment)->domains, (std::vector<std::string>{"c.test", "d.test"}));
  auto from_line =
      read({"--config", path, "--region", "eu-west-3", "--domain", "e.test", "--domain", "f.test"});
  EXPECT_EQ((*from_line)->region, "eu-west-3");
  EXPECT_EQ((*from_line)->domains, (std::vector<std::string>{"e.test", "f.test"}));
}

TEST_F(ConfigTest, WhatIsRefused) {
  EXPECT_NE(refusal({"--nonsense", "1"}), "no refusal");
  EXPECT_NE(refusal({"--config", file("nonsense = 1\n")}).find("there is no setting 'nonsense'"),
            std::string::npos);
  EXPECT_NE(refusal({"--config", file("threads = [1, 2]\n")}).find("takes one value"),
            std::string::npos);
  EXPECT_NE(refusal({"--config", file("threads = \n")}), "no refusal");
  EXPECT_NE(refusal({"--threads", "many"}), "no refusal");
  EXPECT_NE(refusal({"--account-id", "1"}), "no refusal");
  EXPECT_NE(refusal({"--listen", "9000"}), "no refusal");
  EXPECT_NE(refusal({"--listen", "example.org:1"}), "no refusal");
  EXPECT_NE(refusal({"--zones", "Bad Zone"}), "no refusal");
  EXPECT_NE(refusal({"--log-level", "loud"}), "no refusal");
  EXPECT_NE(refusal({"--tls-cert", "x.pem"}), "no refusal");
  EXPECT_NE(refusal({"--test-credentials", "A:B"}), "no refusal");
  EXPECT_NE(refusal({"--test-mode", "--listen", "0.0.0.0:9000"}).find("loopback"),
            std::string::npos);
  EXPECT_NE(refusal({"--metrics-listen", "0.0.0.0:9100"}).find("loopback"), std::string::npos);
  EXPECT_EQ(refusal({"--metrics-listen", "127.0.0.1:9100"}), "no refusal");
  EXPECT_EQ(refusal({"--test-mode", "--test-credentials", "A:B", "--listen", "[::1]:0"}),
            "no refusal");
}

TEST_F(ConfigTest, PlacesAreParsed) {
  EXPECT_EQ(parse_listen("[::1]:9000")->host, "::1");
  EXPECT_EQ(parse_listen("localhost:1")->host, "127.0.0.1");
  EXPECT_EQ(parse_zone("use1-az4")->directory, "zones/use1-az4");
  EXPECT_EQ(parse_zone("use1-az4=/fast")->directory, "/fast");
}

TEST_F(ConfigTest, TheRootKeyNeverLiesUnderTheData) {
  Config config;
  config.data_dir = dir_ + "/data";
  config.root_key_file = dir_ + "/data/../data/root.key";
  EXPECT_FALSE(root_key_path(config, "0123").ok());
  config.root_key_file = dir_ + "/data-key/root.key";
  EXPECT_EQ(*root_key_path(config, "0123"), dir_ + "/data-key/root.key");
  config.root_key_file.clear();
  ::setenv("XDG_CONFIG_HOME", dir_.c_str(), 1);
  EXPECT_EQ(*root_key_path(config, "0123"), dir_ + "/coffer/0123.key");
  ::unsetenv("XDG_CONFIG_HOME");
}

TEST_F(ConfigTest, TheLocalCaStaysAndItsCertificatesAreRenewed) {
  constexpr UnixMs kNow = 1'700'000'000'000, kDay = 86'400'000;
  Config config;
  config.data_dir = dir_;
  auto first = load_certificate(config, kNow);
  ASSERT_TRUE(first.ok()) << first.error().message;
  const std::string ca = *read_file(first->ca_path);
  EXPECT_EQ(load_certificate(config, kNow + kDay)->files.certificate_chain_pem,
            first->files.certificate_chain_pem);
  auto renewed = load_certificate(config, kNow + 70 * kDay);
  EXPECT_NE(renewed->files.certificate_chain_pem, first->files.certificate_chain_pem);
  EXPECT_EQ(*read_file(first->ca_path), ca);
  config.domains = {"s3.example.org"};
  auto named = load_certificate(config, kNow + 70 * kDay);
  const auto names = crypto::inspect_certificate(named->files.certificate_chain_pem)->names;
  for (const char* name :
       {"127.0.0.1", "localhost", "*.s3.localhost", "s3.example.org", "*.s3.example.org"})
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
}

TEST_F(ConfigTest, AStoreInRadosNeedsItsClusterAndPool) {
  auto config = read({"--store", "rados", "--ceph-conf", "/etc/ceph/ceph.conf", "--pool", "p"});
  ASSERT_TRUE(config.ok()) << config.error().message;
  EXPECT_EQ((*config)->store, "rados");
  EXPECT_EQ((*config)->pool, "p");
  EXPECT_EQ((*config)->store_name, "coffer");
  EXPECT_EQ((*config)->ceph_user, "admin");
  const std::vector<std::string> at{"--store", "rados", "--ceph-conf", "c", "--pool", "p"};
  const auto with = [&](const char* name, const char* value) {
    std::vector<std::string> out = at;
    out.insert(out.end(), {name, value});
    return refusal(out);
  };
  EXPECT_EQ(with("--zones", "use1-az4=/fast"),
            "zones: 'use1-az4=/fast': a zone has no directory in a pool.");
  EXPECT_EQ(
      with("--store-name", "a/b"),
      "store-name has 1 to 64 letters, digits, points, dashes and underscores, unlike 'a/b'.");
  EXPECT_EQ(refusal({"--store", "rados", "--pool", "p"}),
            "--store rados needs --ceph-conf FILE and --pool NAME.");
  EXPECT_EQ(refusal({"--pool", "p"}), "ceph-conf and pool go with --store rados.");
  EXPECT_EQ(refusal({"--store", "disk"}), "store is embedded or rados, not 'disk'.");
}

TEST_F(ConfigTest, FilesAreReplacedUnderTheirMode) {
  ASSERT_TRUE(write_file(dir_ + "/f", "one", 0600).ok());
  ASSERT_TRUE(write_file(dir_ + "/f", "two", 0600).ok());
  EXPECT_EQ(*read_file(dir_ + "/f"), "two");
  EXPECT_EQ(std::filesystem::status(dir_ + "/f").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_FALSE(read_file(dir_ + "/none").ok());
}

}  // namespace
}  // namespace coffer::server
