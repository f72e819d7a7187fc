#pragma once
// Instance is one server with all its parts, made in the order in which they need one another and
// stopped in the reverse: listeners and connections, jobs, the log, then the store.
#include <mutex>

#include "admin/admin.h"
#include "api/dispatcher.h"
#include "audit/trails.h"
#include "crypto/system_random.h"
#include "iam/iam.h"
#include "jobs/scheduler.h"
#include "jobs/trail_delivery.h"
#include "kms/key_service.h"
#include "net/server.h"
#include "s3/s3.h"
#include "server/config.h"
#include "server/tls_files.h"
#include "store/store.h"

namespace coffer::server {

class Instance {
 public:
  explicit Instance(Config config);
  ~Instance();

  // open makes or opens the store and everything in it, and listens. Errors are sentences for the
  // operator.
  Status open();
  // open_offline opens an existing store without serving it: for the subcommands that work where no
  // server runs.
  Status open_offline();
  // open_target opens the store that `config` names, or makes it under this one's ID: what a
  // migration fills. It lives no longer than this instance.
  Result<std::unique_ptr<store::Store>> open_target(const Config& config);
  // reload takes over what is marked reloadable.
  Status reload(const Config& fresh);
  // renew puts a new certificate in place where the present one is about to end.
  Status renew();
  // stop lets requests under way end, then closes everything. Where one outlasts its grace stop
  // does not return: it syncs the audit log and ends the process with status 0, because the
  // coroutines of such a request hold parts of the store and can be neither resumed nor destroyed
  // once it is closed. What was answered is durable by then; what was not is as after a crash,
  // which the next start clears up.
  void stop();

  std::string endpoint() const;  // https://127.0.0.1:9000, with the port that was given
  const std::string& ca_path() const { return ca_path_; }
  std::string credentials_path() const { return config_.data_dir + "/credentials"; }
  const std::string& made_root_key() const {
    return made_root_key_;
  }  // its path, where this start made it
  const Config& config() const { return config_; }

  // For the pages of our own.
  api::Dispatcher& dispatcher() { return *dispatcher_; }
  audit::Log& audit() { return *audit_; }
  admin::Admin& admin() { return *admin_; }
  s3::S3& s3() { return *s3_; }
  Random& random() { return random_; }
  Clock& clock() { return clock_; }
  size_t connections() const { return https_ ? https_->connections() : 0; }
  bool ready() const { return ready_.load() && audit_->healthy(); }
  // reset empties everything and makes the first account again, with the credentials it had. Test
  // mode.
  Task<Status> reset();
  void advance_clock(int64_t ms);

 private:
  Status open_store();
  // `new_id`: of a store that is made; empty: drawn.
  Result<std::unique_ptr<store::Store>> open_embedded(const Config& config, std::string new_id);
  Result<std::unique_ptr<store::Store>> open_in_pool(const Config& config, std::string new_id);
  Status open_keys(bool may_make);  // a root key, for a new store
  Status open_rooms();
  Status bootstrap();
  Status open_front();
  Status listen();
  Task<Status> first_account();
  Task<Status> empty_everything();
  bool stop_serving();
  Result<std::unique_ptr<seal::Root>> open_root(const std::string& path, bool create);

  Config config_;
  Clock clock_;
  crypto::SystemRandom random_;
  WorkPool pool_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<seal::Root> root_;
  std::unique_ptr<seal::DomainKeys> keys_;
  std::unique_ptr<audit::Log> audit_;
  std::unique_ptr<audit::Trails> trails_;
  std::unique_ptr<iam::Iam> iam_;
  std::unique_ptr<kms::KeyService> kms_;
  std::unique_ptr<s3::S3> s3_;
  std::unique_ptr<admin::Admin> admin_;
  api::Services services_;
  std::unique_ptr<api::Dispatcher> dispatcher_;
  std::unique_ptr<jobs::TrailDelivery> delivery_;
  std::unique_ptr<jobs::Scheduler> jobs_;
  std::unique_ptr<net::Loops> loops_;
  std::unique_ptr<net::Server> https_, http_, metrics_;
  std::unique_ptr<net::UnixServer> admin_socket_;

  std::optional<iam::RootKey> root_key_;  // test mode: for reset
  std::string made_root_key_, ca_path_;
  UnixMs certificate_ends_ms_ = 0;
  std::atomic<bool> ready_{false}, resetting_{false};
};

}  // namespace coffer::server
