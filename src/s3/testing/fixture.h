#pragma once
// A whole S3 room over the memory store, with a key service of its own that keeps its promises and
// nothing more.
#include <gtest/gtest.h>

#include "audit/log.h"
#include "crypto/aead.h"
#include "crypto/system_random.h"
#include "s3/s3.h"
#include "seal/root.h"
#include "store/store.h"

namespace coffer::s3::testing {

// PlainRoot wraps under one random key.
class PlainRoot : public seal::Root {
 public:
  explicit PlainRoot(Random& random) : random_(random), key_(crypto::random_secret(random)) {}
  std::string kind() const override { return "test"; }
  uint32_t generation() const override { return 1; }
  Task<Result<Bytes>> wrap(Secret key, Bytes aad) override {
    co_return crypto::wrap_secret(key_, "root", aad, key, random_);
  }
  Task<Result<Secret>> unwrap(Bytes wrapped, Bytes aad) override {
    auto key = crypto::unwrap_secret(key_, "root", aad, wrapped);
    if (!key) co_return internal_error("the root cannot open this");
    co_return std::move(*key);
  }
  Task<Status> begin_rotation() override { co_return ok_status(); }
  Task<Status> finish_rotation() override { co_return ok_status(); }
  bool rotating() const override { return false; }

 private:
  Random& random_;
  Secret key_;
};

// TestKeys: KMS keys "k1", "k2"…; `denied` refuses every use, `disabled` closes the key.
class TestKeys : public kms::DataKeys {
 public:
  explicit TestKeys(Random& random) : random_(random), key_(crypto::random_secret(random)) {}
  std::string effective_arn(const authz::RequestContext&, std::string_view id) const override {
    return "arn:aws:kms:us-east-1:123456789012:key/" +
           (id.empty() ? std::string("aws-s3") : std::string(id));
  }
  Task<Result<kms::DataKey>> generate_data_key(const authz::RequestContext& via, std::string id,
                                               kms::EncryptionContext context) override {
    CO_TRY_OK(judge());
    ++generated;
    const std::string arn = effective_arn(via, id);
    Secret plain = crypto::random_secret(random_);
    Bytes blob = crypto::wrap_secret(key_, "blob", aad(arn, context), plain, random_);
    co_return kms::DataKey{std::move(plain), std::move(blob), arn};
  }
  Task<Result<Secret>> decrypt(const authz::RequestContext&, std::string arn, Bytes blob,
                               kms::EncryptionContext context) override {
    CO_TRY_OK(judge());
    ++decrypted;
    auto plain = crypto::unwrap_secret(key_, "blob", aad(arn, context), blob);
    if (!plain) co_return Error{"InvalidCiphertextException", ""};
    co_return std::move(*plain);
  }
  Task<Result<kms::DataKey>> bucket_key(const authz::RequestContext& via, std::string id,
                                        kms::EncryptionContext context, Bytes stored) override {
    if (stored.empty()) co_return co_await generate_data_key(via, id, context);
    CO_TRY_OK(judge());
    ++generated;
    const std::string arn = effective_arn(via, id);
    auto plain = crypto::unwrap_secret(key_, "blob", aad(arn, context), stored);
    if (!plain) co_return Error{"InvalidCiphertextException", ""};
    co_return kms::DataKey{std::move(*plain), stored, arn};
  }
  Result<Held> authorize_cached(const authz::RequestContext&, kms::KeyAction,
                                const kms::HeldKey& held) override {
    if (held.generation != key_generation) return Held::kStale;
    ++cached;
    TRY_OK(judge());
    return Held::kGood;
  }
  uint64_t generation(std::string_view) const override { return key_generation; }

  bool denied = false, disabled = false;
  uint64_t key_generation = 1;
  int generated = 0, decrypted = 0, cached = 0;

 private:
  Status judge() const {
    if (denied)
      return Error{"AccessDeniedException", "User: u is not authorized to perform: kms:Decrypt"};
    if (disabled) return Error{"DisabledException", "the key is disabled."};
    return ok_status();
  }
  static Bytes aad(const std::string& arn, const kms::EncryptionContext& context) {
    Writer w;
    w.bytes(arn);
    for (const auto& [k, v] : context) w.bytes(k).bytes(v);
    return w.take();
  }
  Random& random_;
  Secret key_;
};

// TextSource gives a body in pieces of at most `step` bytes.
class TextSource : public ContentSource {
 public:
  explicit TextSource(Bytes text, size_t step = 7777) : text_(std::move(text)), step_(step) {}
  Task<Result<size_t>> read(MutableBytes out) override {
    const size_t n = std::min({out.size(), step_, text_.size() - at_});
    std::memcpy(out.data(), text_.data() + at_, n);
    at_ += n;
    co_return n;
  }

 private:
  Bytes text_;
  size_t step_, at_ = 0;
};

struct Config {
  uint32_t shards = 4;
  std::optional<store::FaultRates> faults;
  uint64_t seed = 1;
};

class World {
 public:
  explicit World(Config config = {})
      : clock(1'790'000'000'000), random(config.seed), root(random), kms(random) {
    auto memory = store::make_memory(clock, random);
    store =
        config.faults ? store::make_faulty(std::move(memory), *config.faults) : std::move(memory);
    auto opened = sync_wait(seal::DomainKeys::open(store->meta(), root, random, true));
    EXPECT_TRUE(opened.ok());
    keys = std::move(*opened);
    char dir[] = "/tmp/coffer-s3-test-XXXXXX";
    audit_dir = mkdtemp(dir);
    auto log = audit::Log::open({.dir = audit_dir}, store->meta(), *keys, clock, random);
    EXPECT_TRUE(log.ok());
    audit = std::move(*log);
    s3 = std::make_unique<S3>(*store, *keys, kms, clock, random,
                              Options{.region = "us-east-1", .shards = config.shards});
    caller.principal = authz::Principal::root("123456789012");
    caller.principal.access_key_id = "AKIATEST";
    caller.region = "us-east-1";
  }
  ~World() {
    audit.reset();
    std::string command = "rm -rf " + audit_dir;
    (void)!system(command.c_str());
  }
  audit::Draft draft() {
    return audit::Draft(*audit, audit::begin_event(caller, "s3.amazonaws.com", "Test"));
  }

  BucketPtr make_bucket(const std::string& name) {
    Bucket b;
    b.name = name;
    b.owner = "123456789012";
    b.region = "us-east-1";
    audit::Draft d = draft();
    auto made = sync_wait(s3->buckets().create(b, d));
    EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().message);
    return s3->buckets().find(name);
  }
  void set_versioning(const BucketPtr& bucket, Versioning versioning) {
    audit::Draft d = draft();
    const auto edit = [&](Bucket& edited) {
      edited.versioning = versioning;
      return ok_status();
    };
    while (!sync_wait(s3->buckets().change(bucket->value.name, bucket->value.instance, edit, d))) {
    }
  }
  static Plan plan(Algorithm a, bool bucket_key = false, std::string key = "k1") {
    Plan p;
    p.algorithm = a;
    p.bucket_key = bucket_key;
    if (a == Algorithm::kKms || a == Algorithm::kKmsDsse) p.kms_key_id = std::move(key);
    if (a == Algorithm::kCustomer) {
      static uint8_t count = 0;
      p.customer_key = std::make_shared<const CustomerKey>(
          CustomerKey{Secret::copy_of(Bytes(32, static_cast<char>(++count))), "md5"});
    }
    return p;
  }
  // put retries what a client would: SlowDown.
  Result<ObjectFacts> put(const BucketPtr& bucket, const std::string& key, const Bytes& body,
                          Plan p = {}, Claims claims = {}) {
    for (;;) {
      WriteOptions o{.bucket = bucket, .key = key, .plan = p};
      o.claims = claims;
      auto done =
          sync_wait(s3->objects().put(caller, o, std::make_shared<TextSource>(body), body.size()));
      if (done || done.error().code != "SlowDown") return done;
    }
  }
  Result<Bytes> get(const BucketPtr& bucket, const std::string& key,
                    std::optional<std::string> range = {}, CustomerKeyPtr customer_key = {},
                    std::optional<VersionId> version = {}) {
    ReadOptions o{.bucket = bucket,
                  .key = key,
                  .version = version,
                  .range = range,
                  .customer_key = customer_key};
    auto answer = sync_wait(
        s3->objects().get(caller, tls(), o, [&](const Head*) { return Error{"NoSuchKey", key}; }));
    if (!answer) return std::move(answer.error());
    Bytes out;
    for (;;) {
      auto piece = sync_wait(answer->content->next());
      if (!piece) return std::move(piece.error());
      if (piece->empty()) return out;
      out += *piece;
    }
  }
  static Transport tls() { return {.tls = true, .signature_v4 = true}; }
  Bytes text(size_t n) {
    SeededRandom r(n + 1);
    return r.bytes(n);
  }

  ManualClock clock;
  SeededRandom random;
  PlainRoot root;
  TestKeys kms;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<seal::DomainKeys> keys;
  std::string audit_dir;
  std::unique_ptr<audit::Log> audit;
  std::unique_ptr<S3> s3;
  authz::RequestContext caller;
};

}  // namespace coffer::s3::testing
