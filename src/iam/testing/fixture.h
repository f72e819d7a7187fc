#pragma once
// IamFixture is an Iam over a store in memory, with the first account in place. Every test runs
// twice: once over a store that does as it is told, once over one that reports conflicts and
// unknown outcomes at random. Another Iam over the same store is what a restart sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/encoding.h"
#include "crypto/mac.h"
#include "crypto/system_random.h"
#include "iam/iam.h"
#include "iam/secret_access.h"
#include "seal/testing/memory_root.h"
#include "seal/testing/run_task.h"
#include "store/store.h"

namespace coffer::iam {

inline const std::string kAccount = "111122223333", kOther = "444455556666";
inline const std::string kRootKey = "AKIAROOTROOTROOTROOT",
                         kRootSecret = "root/secret+root/secret+root/secret+root";

inline std::string allow(std::string_view action) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{}","Resource":"*"}}]}})",
      action);
}

class IamFixture : public testing::TestWithParam<bool> {
 protected:
  IamFixture() : vault_(seal::MemoryRoot::Vault::make(random_)), root_(vault_, random_) {
    store_ = store::make_memory(clock_, random_);
    domain_ = must(run_task(seal::DomainKeys::open(store_->meta(), root_, random_, true)));
    char name[] = "/tmp/coffer-iam-XXXXXX";
    dir_ = mkdtemp(name);
    log_ =
        must(audit::Log::open({.dir = dir_ + "/audit"}, store_->meta(), *domain_, clock_, random_));
    if (GetParam())
      store_ = store::make_faulty(std::move(store_),
                                  {.conflict = 0.05, .unknown = 0.01, .seed = seed()});
    restart();
    must(run_task(iam_->bootstrap_account(kAccount, kRootKey, Secret::copy_of(kRootSecret))));
  }
  ~IamFixture() override {
    iam_.reset();
    log_.reset();
    std::filesystem::remove_all(dir_);
  }

  void restart() {
    iam_ = std::make_unique<Iam>(
        Deps{store_->meta(), *domain_, *log_, clock_, random_, pool_, "us-east-1", kAccount});
    must(run_task(iam_->load()));
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

  audit::Draft draft(std::string_view name = "Change") {
    authz::RequestContext context;
    context.principal = authz::Principal::root(kAccount);
    return audit::Draft(*log_, audit::begin_event(context, "iam.amazonaws.com", std::string(name)));
  }
  // ask runs an operation of Iam with a draft of its own.
  template <class... Args, class... Given>
  auto ask(auto (Iam::*method)(Args...), Given&&... given) {
    audit::Draft d = draft();
    return run_task((iam_.get()->*method)(std::forward<Given>(given)..., d));
  }

  Result<UserPtr> create(std::string name, std::string path = "/") {
    return ask(&Iam::create_user, kAccount,
               Iam::NewUser{.name = std::move(name), .path = std::move(path)});
  }
  NewAccessKey key_of(const std::string& user) {
    return must(ask(&Iam::create_access_key, kAccount, user));
  }
  std::string policy(const std::string& name, const std::string& document) {
    return must(ask(&Iam::create_policy, kAccount,
                    Iam::NewPolicy{.name = name, .document = document}))
        .arn;
  }

  static std::string text(const Secret& s) { return std::string(s.reveal(IamAccess::get())); }
  static Presented sign(const std::string& id, const Secret& secret,
                        const std::string& what = "AWS4-HMAC-SHA256\n…") {
    Presented p{.access_key_id = id,
                .date = "20260102",
                .region = "us-east-1",
                .service = "s3",
                .string_to_sign = what};
    p.signature = hex(
        crypto::hmac_sha256(crypto::sigv4_signing_key(secret, p.date, p.region, p.service), what)
            .view());
    return p;
  }
  std::variant<Refusal, Authenticated> knock(const Presented& p) {
    return iam_->authenticate(p, clock_.business_ms());
  }
  std::optional<Refusal> refused(const Presented& p) {
    auto answer = knock(p);
    return answer.index() == 0 ? std::optional(std::get<0>(answer)) : std::nullopt;
  }
  Authenticated enter(const NewAccessKey& key) {
    return std::get<1>(knock(sign(key.key.id, key.secret)));
  }
  // may tells whether the identity policies of a key's user allow the action on everything.
  bool may(const NewAccessKey& key, std::string action) {
    Authenticated who = enter(key);
    authz::RequestContext context;
    context.principal = who.principal;
    context.policies = who.policies;
    return authz::decide(
               context,
               {.action = std::move(action), .resource = "*", .resource_account = kAccount})
        .allowed;
  }

  static uint64_t seed() {
    static const uint64_t value = [] {
      const char* given = std::getenv("COFFER_TEST_SEED");
      uint64_t drawn = given ? std::strtoull(given, nullptr, 10) : crypto::SystemRandom().u64();
      fmt::print("COFFER_TEST_SEED={}\n", drawn);
      return drawn;
    }();
    return value;
  }

  ManualClock clock_{1'700'000'000'000};
  crypto::SystemRandom random_;
  WorkPool pool_{1};
  seal::MemoryRoot::Vault vault_;
  seal::MemoryRoot root_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<seal::DomainKeys> domain_;
  std::string dir_;
  std::unique_ptr<audit::Log> log_;
  std::unique_ptr<Iam> iam_;
};

}  // namespace coffer::iam
