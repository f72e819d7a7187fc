#include "server/instance.h"

#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <filesystem>

#include "admin/migration_mark.h"
#include "base/log.h"
#include "server/files.h"
#include "server/pages.h"

namespace coffer::server {
namespace {

constexpr auto kGrace = std::chrono::seconds(10);
constexpr int64_t kRenewMs = 30ll * 24 * 3600 * 1000;

unsigned loops_of(const Config& config) {
  if (config.threads > 0) return static_cast<unsigned>(config.threads);
  return std::max(1u, std::thread::hardware_concurrency());
}

[[noreturn]] void end_process(const std::string& what) {
  log::error("store.fatal", {{"what", what}});
  ::_exit(1);
}

std::optional<std::string> take_environment(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) return std::nullopt;
  std::string out = value;
  ::unsetenv(name);
  return out;
}

}  // namespace

Instance::Instance(Config config)
    : config_(std::move(config)), pool_(std::max(4u, 2 * loops_of(config_))) {}

Instance::~Instance() { stop(); }

Status Instance::open() {
  TRY_OK(open_store());
  TRY_OK(sync_wait(admin::may_be_served(store_->meta())));
  TRY_OK(open_keys(true));
  TRY_OK(open_rooms());
  TRY_OK(bootstrap());
  TRY_OK(open_front());
  TRY_OK(listen());
  ready_.store(true);
  return ok_status();
}

Status Instance::open_offline() {
  if (!std::filesystem::exists(config_.data_dir + "/FORMAT"))
    return Error{"InvalidConfiguration", config_.data_dir + " holds no store."};
  TRY_OK(open_store());
  TRY_OK(sync_wait(admin::may_be_read(store_->meta())));
  TRY_OK(open_keys(false));
  return open_rooms();
}

Status Instance::open_store() {
  TRY(store_, config_.store == "rados" ? open_in_pool(config_, "") : open_embedded(config_, ""));
  store_->on_fatal(end_process);
  return ok_status();
}

Result<std::unique_ptr<store::Store>> Instance::open_target(const Config& config) {
  TRY(auto target, config.store == "rados" ? open_in_pool(config, store_->store_id())
                                           : open_embedded(config, store_->store_id()));
  target->on_fatal(end_process);
  return target;
}

Result<std::unique_ptr<store::Store>> Instance::open_in_pool(const Config& config,
                                                             std::string new_id) {
  store::RadosOptions options{.data_dir = config.data_dir,
                              .conf = config.ceph_conf,
                              .pool_name = config.pool,
                              .user = config.ceph_user,
                              .name = config.store_name,
                              .zones = config.zones,
                              .clock = &clock_,
                              .random = &random_,
                              .pool = &pool_,
                              .new_id = std::move(new_id)};
  return store::open_rados(std::move(options));
}

Result<std::unique_ptr<store::Store>> Instance::open_embedded(const Config& config,
                                                              std::string new_id) {
  store::EmbeddedOptions options{.data_dir = config.data_dir,
                                 .zones = {},
                                 .clock = &clock_,
                                 .random = &random_,
                                 .pool = &pool_,
                                 .new_id = std::move(new_id)};
  for (const std::string& text : config.zones) {
    TRY(const Zone zone, parse_zone(text));
    options.zones[zone.id] = zone.directory;
  }
  return store::open_embedded(std::move(options));
}

Result<std::unique_ptr<seal::Root>> Instance::open_root(const std::string& path, bool create) {
  if (config_.root_passphrase_file.empty())
    return seal::open_key_file(path, create, random_, pool_);
  TRY(std::string text, read_file(config_.root_passphrase_file));
  const size_t end = std::min(text.find('\n'), text.size());
  Secret passphrase = Secret::copy_of(std::string_view(text).substr(0, end));
  wipe(text);
  if (passphrase.empty())
    return Error{"InvalidConfiguration", "The first line of root-passphrase-file is empty."};
  return seal::open_passphrase(path, std::move(passphrase), create, random_, pool_);
}

// Only a store that was never given domain keys may get a root: a lost one is an error, never a new
// one.
Status Instance::open_keys(bool may_make) {
  TRY(const bool has_rows, sync_wait(seal::DomainKeys::has_rows(store_->meta())));
  const bool make = may_make && !has_rows;
  TRY(const std::string path, root_key_path(config_, store_->store_id()));
  const bool missing = !std::filesystem::exists(path);
  TRY(root_, open_root(path, make));
  if (missing) made_root_key_ = path;
  TRY(keys_, sync_wait(seal::DomainKeys::open(store_->meta(), *root_, random_, make)));
  return ok_status();
}

Status Instance::open_rooms() {
  audit::Log::Options log{.dir = config_.data_dir + "/audit"};
  TRY(audit_, audit::Log::open(std::move(log), store_->meta(), *keys_, clock_, random_));
  TRY_OK(sync_wait(audit_->recover()));
  trails_ = std::make_unique<audit::Trails>(
      audit::Trails::Deps{store_->meta(), *keys_, *audit_, clock_, random_, pool_});
  TRY_OK(sync_wait(trails_->load()));
  const iam::Deps iam{store_->meta(), *keys_, *audit_,        clock_,
                      random_,        pool_,  config_.region, config_.account_id};
  iam_ = std::make_unique<iam::Iam>(iam);
  TRY_OK(sync_wait(iam_->load()));
  const kms::KeyService::Deps kms{store_->meta(), *keys_,         *audit_,
                                  clock_,         random_,        pool_,
                                  *iam_,          config_.region, config_.kms_regions};
  kms_ = std::make_unique<kms::KeyService>(kms);
  TRY_OK(sync_wait(kms_->load()));
  s3::Options s3{.region = config_.region};
  s3.shards = static_cast<uint32_t>(config_.index_shards);
  s3.etag_md5 = !config_.bench_random_etags;
  s3.block_sse_c = !config_.allow_sse_c && !config_.test_mode;
  s3_ = std::make_unique<s3::S3>(*store_, *keys_, *kms_, clock_, random_, s3);
  std::vector<std::string> zones;
  for (const std::string& text : config_.zones) {
    TRY(Zone zone, parse_zone(text));
    zones.push_back(std::move(zone.id));
  }
  s3_->serve_zones(std::move(zones));
  TRY_OK(sync_wait(s3_->load()));
  admin_ = std::make_unique<admin::Admin>(admin::Fsck::Deps{*s3_, *audit_, kms, iam});
  return ok_status();
}

Task<Status> Instance::first_account() {
  std::optional<std::string> id;
  std::optional<Secret> secret;
  if (root_key_) {
    id = root_key_->access_key_id;
    secret = root_key_->secret.clone();
  }
  CO_TRY(root_key_,
         co_await iam_->bootstrap_account(config_.account_id, std::move(id), std::move(secret)));
  for (const std::string& pair : config_.test_credentials) {
    const size_t colon = pair.find(':');
    CO_TRY_OK(co_await iam_->add_root_key(
        pair.substr(0, colon), Secret::copy_of(std::string_view(pair).substr(colon + 1))));
  }
  co_return ok_status();
}

Status Instance::bootstrap() {
  auto id = take_environment("COFFER_ROOT_ACCESS_KEY_ID");
  auto secret = take_environment("COFFER_ROOT_SECRET_ACCESS_KEY");
  if (id.has_value() != secret.has_value())
    return Error{"InvalidConfiguration",
                 "COFFER_ROOT_ACCESS_KEY_ID and COFFER_ROOT_SECRET_ACCESS_KEY go together."};
  if (id) {
    root_key_ = iam::RootKey{*id, Secret::copy_of(*secret)};
    wipe(*secret);
  }
  TRY_OK(sync_wait(first_account()));
  if (!root_key_) return ok_status();  // an earlier start made the account and wrote the file
  std::string profile = iam::credentials_profile(*root_key_, config_.region);
  const Status written = write_file(credentials_path(), profile, 0600);
  wipe(profile);
  if (!config_.test_mode) root_key_.reset();
  return written;
}

Status Instance::open_front() {
  services_ = api::Services{.kms = kms_.get(),
                            .iam = iam_.get(),
                            .s3 = s3_.get(),
                            .admin = admin_.get(),
                            .audit = audit_.get(),
                            .clock = &clock_,
                            .random = &random_,
                            .pool = &pool_,
                            .region = config_.region,
                            .first_account = config_.account_id,
                            .store_id = store_->store_id(),
                            .started_ms = clock_.wall_ms()};
  api::Dispatcher::Options options{.regions = {config_.region, config_.kms_regions},
                                   .domains = config_.domains,
                                   .requests_max = static_cast<size_t>(config_.requests_max)};
  dispatcher_ = std::make_unique<api::Dispatcher>(services_, *iam_, std::move(options));
  delivery_ = std::make_unique<jobs::TrailDelivery>(*dispatcher_, *trails_);
  services_.trails = trails_.get();
  services_.deliver_trail = [delivery = delivery_.get()](std::string account, std::string trail) {
    return delivery->deliver(std::move(account), std::move(trail), true);
  };
  jobs_ = std::make_unique<jobs::Scheduler>(
      jobs::Scheduler::Deps{*dispatcher_, store_->meta(), *iam_, clock_, delivery_.get()});
  return ok_status();
}

Status Instance::listen() {
  loops_ = std::make_unique<net::Loops>(loops_of(config_));
  net::Limits limits;
  limits.connections_max = static_cast<size_t>(config_.connections_max);
  limits.connections_per_ip_max = config_.connections_per_ip_max > 0
                                      ? static_cast<size_t>(config_.connections_per_ip_max)
                                      : std::max<size_t>(limits.connections_max / 4, 1);
  const auto server = [&](const HostPort& where, bool tls, net::Handler handler) {
    return std::make_unique<net::Server>(
        *loops_, net::Server::Options{where.host, where.port, tls, limits}, std::move(handler));
  };
  TRY(const HostPort where, parse_listen(config_.listen));
  https_ = server(where, true, public_handler(*this));
  TRY_OK(renew());
  loops_->start();
  TRY_OK(https_->listen());
  if (!config_.listen_http.empty()) {
    TRY(const HostPort plain, parse_listen(config_.listen_http));
    http_ = server(plain, false, public_handler(*this));
    TRY_OK(http_->listen());
  }
  if (!config_.metrics_listen.empty()) {
    TRY(const HostPort metrics, parse_listen(config_.metrics_listen));
    metrics_ = server(metrics, false, metrics_handler(*this));
    TRY_OK(metrics_->listen());
  }
  admin_socket_ = std::make_unique<net::UnixServer>(*loops_, config_.data_dir + "/admin.sock",
                                                    limits, operator_handler(*this));
  TRY_OK(admin_socket_->listen());
  jobs_->start();
  return ok_status();
}

Status Instance::renew() {
  const UnixMs now = clock_.wall_ms();
  if (certificate_ends_ms_ > now + kRenewMs) return ok_status();
  TRY(Certificate certificate, load_certificate(config_, now));
  TRY_OK(https_->set_tls(certificate.files));
  certificate_ends_ms_ = certificate.not_after;
  ca_path_ = certificate.ca_path;
  return ok_status();
}

Status Instance::reload(const Config& fresh) {
  config_.domains = fresh.domains;
  config_.tls_cert = fresh.tls_cert;
  config_.tls_key = fresh.tls_key;
  config_.log_level = fresh.log_level;
  dispatcher_->set_domains(config_.domains);
  certificate_ends_ms_ = 0;
  return renew();
}

std::string Instance::endpoint() const {
  auto where = parse_listen(config_.listen);
  std::string host = where.ok() ? where->host : "127.0.0.1";
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("https://{}:{}", host, https_->port());
}

// stop_serving answers whether nothing is left on the loops that uses the store.
bool Instance::stop_serving() {
  bool quiet = true;
  if (loops_) {
    for (net::Server* server : {https_.get(), http_.get(), metrics_.get()})
      if (server) quiet = sync_wait(server->stop(kGrace)) && quiet;
    if (admin_socket_) quiet = sync_wait(admin_socket_->stop(kGrace)) && quiet;
  }
  if (jobs_) jobs_->stop();
  if (iam_ && dispatcher_) {
    if (const Status flushed = sync_wait(iam_->flush_last_used()); !flushed.ok())
      log::warn("server.flush_failed", {{"code", flushed.error().code}});
  }
  if (audit_) {
    quiet = audit_->stop_removals(kGrace) && quiet;
    audit_->flush();
  }
  return quiet;
}

void Instance::stop() {
  ready_.store(false);
  if (!stop_serving()) {
    log::warn("server.ended_busy");
    ::_exit(0);
  }
  https_.reset();
  http_.reset();
  metrics_.reset();
  admin_socket_.reset();
  if (loops_) loops_->stop();
  pool_.join();
  jobs_.reset();
  delivery_.reset();
  dispatcher_.reset();
  admin_.reset();
  s3_.reset();
  kms_.reset();
  iam_.reset();
  trails_.reset();
  audit_.reset();
  keys_.reset();
  root_.reset();
  store_.reset();
  loops_.reset();
}

void Instance::advance_clock(int64_t ms) {
  clock_.advance_business(ms);
  jobs_->nudge();
}

Task<Status> Instance::empty_everything() {
  CO_TRY_OK(co_await store_->reset());
  CO_TRY_OK(co_await keys_->reset());
  CO_TRY_OK(co_await audit_->reset());
  trails_->clear();
  iam_->reset();
  kms_->reset();
  s3_->clear();
  clock_.reset_business();
  CO_TRY_OK(co_await iam_->load());
  CO_TRY_OK(co_await first_account());
  CO_TRY_OK(co_await kms_->load());
  CO_TRY_OK(co_await s3_->load());
  co_return ok_status();
}

Task<Status> Instance::reset() {
  if (resetting_.exchange(true)) co_return Error{"OperationAborted", "A reset is under way."};
  jobs_->hold(true);
  dispatcher_->admit_nothing(true);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (jobs_->busy() || dispatcher_->under_way() > 0) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
  Status emptied = co_await empty_everything();
  dispatcher_->admit_nothing(false);
  jobs_->hold(false);
  resetting_.store(false);
  co_return emptied;
}

}  // namespace coffer::server
