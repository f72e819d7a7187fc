// The faulty twin answers what a healthy engine seldom does, so that callers' rare paths run in
// every test. Its answers are true to the contract: a kConflict or an unapplied kUnknown leaves no
// trace, and an applied kUnknown is whole.
#include "store/store.h"

namespace coffer::store {

namespace {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  bool roll(double rate) {
    if (rate <= 0) return false;
    std::lock_guard lock(mutex_);
    return static_cast<double>(random_.u64() >> 11) * 0x1p-53 < rate;
  }

 private:
  std::mutex mutex_;
  SeededRandom random_;
};

class FaultyMeta : public MetaStore {
 public:
  FaultyMeta(MetaStore& inner, FaultRates rates, Dice& dice)
      : inner_(inner), rates_(rates), dice_(dice) {}

  // "Not in memory" half the time, wherever any fault is asked for: the slow path is a path too.
  std::optional<Result<std::optional<Bytes>>> try_get(const Partition& p,
                                                      std::string_view key) override {
    if (cold()) return std::nullopt;
    return inner_.try_get(p, key);
  }
  std::optional<Result<std::optional<SealedBytes>>> try_get_body(const Partition& p,
                                                                 std::string_view key) override {
    if (cold()) return std::nullopt;
    return inner_.try_get_body(p, key);
  }
  Task<Commit> commit(Batch batch) override {
    if (!batch.expect.empty() && dice_.roll(rates_.conflict)) co_return Commit::kConflict;
    if (!dice_.roll(rates_.unknown)) co_return co_await inner_.commit(std::move(batch));
    if (dice_.roll(0.5)) co_await inner_.commit(std::move(batch));
    co_return Commit::kUnknown;
  }
  Task<Result<std::optional<Bytes>>> get(Partition p, std::string key) override {
    return inner_.get(std::move(p), std::move(key));
  }
  Task<Result<std::optional<SealedBytes>>> get_body(Partition p, std::string key) override {
    return inner_.get_body(std::move(p), std::move(key));
  }
  Task<Result<Page>> scan(Partition p, Range range, ScanMax max) override {
    return inner_.scan(std::move(p), std::move(range), max);
  }
  Task<Result<Page>> scan_bodies(Partition p, Range range, ScanMax max) override {
    return inner_.scan_bodies(std::move(p), std::move(range), max);
  }
  Task<Result<int64_t>> sum(Partition p, std::string counter) override {
    return inner_.sum(std::move(p), std::move(counter));
  }
  Task<Result<std::vector<std::pair<std::string, int64_t>>>> counters(Partition p,
                                                                      std::string prefix) override {
    return inner_.counters(std::move(p), std::move(prefix));
  }
  Task<Status> drop(Partition p) override { return inner_.drop(std::move(p)); }
  Task<Result<std::vector<Partition>>> partitions(std::string prefix) override {
    return inner_.partitions(std::move(prefix));
  }
  Task<Result<std::optional<Lease>>> lease(std::string name, int64_t ttl_ms) override {
    return inner_.lease(std::move(name), ttl_ms);
  }
  Task<Result<std::optional<Lease>>> renew(Lease lease, int64_t ttl_ms) override {
    return inner_.renew(std::move(lease), ttl_ms);
  }
  Task<Status> release(Lease lease) override { return inner_.release(std::move(lease)); }
  std::unique_ptr<Subscription> watch(std::string partition_prefix, ChangeFn fn) override {
    return inner_.watch(std::move(partition_prefix), std::move(fn));
  }

 private:
  bool cold() { return (rates_.conflict > 0 || rates_.unknown > 0) && dice_.roll(0.5); }
  MetaStore& inner_;
  const FaultRates rates_;
  Dice& dice_;
};

class FaultyWriter : public BlobWriter {
 public:
  FaultyWriter(std::unique_ptr<BlobWriter> inner, double rate, Dice& dice)
      : inner_(std::move(inner)), rate_(rate), dice_(dice) {}
  Task<Status> append(SealedBytes piece) override {
    if (dice_.roll(rate_)) co_return internal_error("an append failed, as the test asked");
    co_return co_await inner_->append(std::move(piece));
  }
  Task<Result<BlobRef>> finish() override { return inner_->finish(); }

 private:
  std::unique_ptr<BlobWriter> inner_;
  const double rate_;
  Dice& dice_;
};

class FaultyBlobs : public BlobStore {
 public:
  FaultyBlobs(BlobStore& inner, FaultRates rates, Dice& dice)
      : inner_(inner), rates_(rates), dice_(dice) {}
  Task<Result<std::unique_ptr<BlobWriter>>> create(std::string place,
                                                   std::optional<uint64_t> bytes_hint) override {
    CO_TRY(auto writer, co_await inner_.create(std::move(place), bytes_hint));
    if (rates_.append <= 0) co_return std::move(writer);
    co_return std::unique_ptr<BlobWriter>(
        std::make_unique<FaultyWriter>(std::move(writer), rates_.append, dice_));
  }
  void give_up(const BlobRef& ref) override { inner_.give_up(ref); }
  Task<Result<SealedBytes>> read(BlobRef ref, uint64_t offset, size_t size) override {
    if (dice_.roll(rates_.read)) co_return internal_error("a read failed, as the test asked");
    co_return co_await inner_.read(std::move(ref), offset, size);
  }
  std::optional<Result<SealedBytes>> try_read(const BlobRef& ref, uint64_t offset,
                                              size_t size) override {
    if (rates_.read > 0) return std::nullopt;
    return inner_.try_read(ref, offset, size);
  }
  std::shared_ptr<void> pin(const BlobRef& ref) override { return inner_.pin(ref); }
  bool accepts_bodies(const std::string& place) const override {
    return inner_.accepts_bodies(place);
  }
  Task<Result<std::vector<BlobRef>>> all(std::string place) override {
    return inner_.all(std::move(place));
  }
  Task<Result<size_t>> reap(int64_t now_ms, size_t max) override {
    return inner_.reap(now_ms, max);
  }
  std::shared_ptr<void> pause_reaping() override { return inner_.pause_reaping(); }

 private:
  BlobStore& inner_;
  const FaultRates rates_;
  Dice& dice_;
};

class FaultyStore : public Store {
 public:
  FaultyStore(std::unique_ptr<Store> inner, FaultRates rates)
      : inner_(std::move(inner)),
        dice_(rates.seed),
        meta_(inner_->meta(), rates, dice_),
        blobs_(inner_->blobs(), rates, dice_) {}
  MetaStore& meta() override { return meta_; }
  BlobStore& blobs() override { return blobs_; }
  Task<Status> reset() override { return inner_->reset(); }
  const std::string& store_id() const override { return inner_->store_id(); }
  void on_fatal(std::function<void(std::string)> fn) override { inner_->on_fatal(std::move(fn)); }

 private:
  std::unique_ptr<Store> inner_;
  Dice dice_;
  FaultyMeta meta_;
  FaultyBlobs blobs_;
};

}  // namespace

std::unique_ptr<Store> make_faulty(std::unique_ptr<Store> inner, FaultRates rates) {
  return std::make_unique<FaultyStore>(std::move(inner), rates);
}

}  // namespace coffer::store
