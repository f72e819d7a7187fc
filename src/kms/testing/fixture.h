#pragma once
// KmsFixture is a key service over a store in memory, with accounts and callers to try it with.
// Another service over the same store is what a restart sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

#include "crypto/system_random.h"
#include "kms/envelope.h"
#include "kms/key_service.h"
#include "kms/lifecycle.h"
#include "kms/policies.h"
#include "kms/secret_access.h"
#include "seal/testing/memory_root.h"
#include "store/store.h"

namespace coffer::kms {

inline const std::string kAccount = "111122223333", kOther = "444455556666", kRegion = "us-east-1";

// People is a directory of users, by ARN.
class People : public authz::PrincipalDirectory {
 public:
  std::map<std::string, std::string, std::less<>> ids;
  std::optional<std::string> id_of(std::string_view arn) const override {
    auto i = ids.find(arn);
    return i == ids.end() ? std::nullopt : std::optional(i->second);
  }
  std::optional<std::string> arn_of(std::string_view unique_id) const override {
    for (const auto& [arn, id] : ids)
      if (id == unique_id) return arn;
    return std::nullopt;
  }
  bool account_exists(std::string_view account) const override {
    return account == kAccount || account == kOther;
  }
};

class KmsFixture : public testing::Test {
 protected:
  explicit KmsFixture(std::optional<store::FaultRates> faults = std::nullopt)
      : vault_(seal::MemoryRoot::Vault::make(random_)), root_(vault_, random_) {
    store_ = store::make_memory(clock_, random_);
    domain_ = must(sync_wait(seal::DomainKeys::open(store_->meta(), root_, random_, true)));
    open_log();
    if (faults) {
      faulty_ = store::make_faulty(std::move(store_), *faults);
      meta_ = &faulty_->meta();
    } else {
      meta_ = &store_->meta();
    }
    people_.ids["arn:aws:iam::111122223333:user/ann"] = "AIDAANN";
    people_.ids["arn:aws:iam::111122223333:user/bob"] = "AIDABOB";
    kms_ = make_service();
    must(sync_wait(kms_->load()));
  }
  ~KmsFixture() override {
    kms_.reset();
    log_.reset();
    std::filesystem::remove_all(dir_);
  }

  template <class T>
  static T must(Result<T> result) {
    if (!result.ok()) {
      ADD_FAILURE() << result.error().code << ": " << result.error().message;
      std::abort();
    }
    return std::move(*result);
  }
  template <class T>
  static std::string refusal(const Result<T>& result) {
    return result.ok() ? "no refusal" : result.error().code + ": " + result.error().message;
  }

  std::unique_ptr<KeyService> make_service() {
    return std::make_unique<KeyService>(KeyService::Deps{
        *meta_, *domain_, *log_, clock_, random_, pool_, people_, kRegion, {"eu-west-1"}});
  }
  void restart() {
    kms_ = make_service();
    must(sync_wait(kms_->load()));
  }

  authz::RequestContext root(const std::string& account = kAccount) {
    authz::RequestContext out;
    out.principal = authz::Principal::root(account);
    out.region = kRegion;
    out.now_ms = clock_.business_ms();
    out.secure_transport = true;
    out.request_id = random_.uuid();
    return out;
  }
  authz::RequestContext user(const std::string& name, std::string_view identity_policy = {}) {
    authz::RequestContext out = root();
    out.principal = {.type = authz::PrincipalType::kUser,
                     .account = kAccount,
                     .arn = "arn:aws:iam::111122223333:user/" + name};
    out.principal.principal_id = "AIDA" + name;
    out.principal.name = name;
    if (auto id = people_.id_of(out.principal.arn)) out.principal.principal_id = *id;
    if (!identity_policy.empty())
      out.policies.identity.push_back(
          {"p", must(authz::Policy::parse(identity_policy, authz::PolicyKind::kIdentity))});
    return out;
  }
  authz::RequestContext through_s3(const authz::RequestContext& caller) {
    return caller.forward("s3", "fas.s3.amazonaws.com");
  }

  audit::Draft draft(std::string_view name) {
    return audit::Draft(*log_, audit::begin_event(root(), "kms.amazonaws.com", std::string(name)));
  }

  KeyPtr create(NewKey wanted = {}) {
    auto d = draft("CreateKey");
    return must(sync_wait(kms_->create_key(root(), std::move(wanted), d)));
  }
  Target target(const std::string& identifier) {
    return must(kms_->find(root(), identifier, Names::kKeysAndAliases));
  }
  Result<KeyPtr> change(const std::string& id, KeyService::Edit edit) {
    auto d = draft("Change");
    return sync_wait(kms_->change(target(id), std::move(edit), &d));
  }
  Result<Alias> alias(const std::string& name, const KeyPtr& key) {
    auto d = draft("CreateAlias");
    return sync_wait(kms_->create_alias(target(key->id), name, d));
  }
  KeyPtr now(const KeyPtr& key) { return target(key->id).key; }

  static Secret secret(std::string_view text) { return Secret::copy_of(text); }
  static std::string text(const Secret& s) { return std::string(s.reveal(KmsAccess::get())); }
  std::vector<store::Row> rows_of(const std::string& account) {
    return must(sync_wait(meta_->scan({"account/" + account}, store::prefix_range("kms/"),
                                      {.rows = 4096})))
        .rows;
  }

  ManualClock clock_{1'700'000'000'000};
  crypto::SystemRandom random_;
  WorkPool pool_{1};
  People people_;
  seal::MemoryRoot::Vault vault_;
  seal::MemoryRoot root_;
  std::unique_ptr<store::Store> store_, faulty_;
  store::MetaStore* meta_ = nullptr;
  std::unique_ptr<seal::DomainKeys> domain_;
  std::string dir_;
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<KeyService> kms_;

 private:
  void open_log() {
    char name[] = "/tmp/coffer-kms-XXXXXX";
    dir_ = mkdtemp(name);
    log_ =
        must(audit::Log::open({.dir = dir_ + "/audit"}, store_->meta(), *domain_, clock_, random_));
  }
};

}  // namespace coffer::kms
