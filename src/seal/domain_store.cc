#include "seal/domain_store.h"

#include <mutex>

#include "base/log.h"
#include "crypto/system_random.h"
#include "seal/secret_access.h"

namespace coffer::seal {
namespace {

constexpr int kTriesMax = 50;
constexpr size_t kDomainKeyBytes = 32;
constexpr size_t kLivingKeysMax = 1000;  // rewrapped in one batch

Error refused(std::string what) { return Error{"DomainKeysRefused", std::move(what)}; }

// Turn is the right to change the domain keys; it may be held across a wait, unlike a lock.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& flag) : flag_(flag), held_(!flag.exchange(true)) {}
  ~Turn() {
    if (held_) flag_.store(false);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  Status status() const {
    if (held_) return ok_status();
    return Error{"ServiceUnavailable", "Another change of the domain keys is under way."};
  }

 private:
  std::atomic<bool>& flag_;
  bool held_;
};

}  // namespace

Task<Result<std::vector<store::Row>>> scan_seal_rows(store::MetaStore& meta) {
  std::vector<store::Row> rows;
  store::Range range;
  for (;;) {
    CO_TRY(store::Page page, co_await meta.scan({kPartition}, range, {}));
    for (auto& row : page.rows) rows.push_back(std::move(row));
    if (!page.more || rows.empty()) co_return rows;
    range.from = rows.back().key + '\0';
  }
}

void DomainStore::show(std::shared_ptr<const KeyRing> ring) {
  std::unique_lock lock(mutex_);
  ring_ = std::move(ring);
}

Task<Result<bool>> DomainStore::load() {
  CO_TRY(std::vector<store::Row> rows, co_await scan_seal_rows(meta_));
  if (rows.empty()) co_return false;
  CO_TRY_OK(co_await load_rows(std::move(rows)));
  co_return true;
}

Task<Status> DomainStore::load_rows(std::vector<store::Row> rows) {
  auto state = std::find_if(rows.begin(), rows.end(),
                            [](const store::Row& row) { return row.key == kStateKey; });
  if (state == rows.end()) co_return refused("the store's state of the domain keys is missing");
  CO_TRY(state_, decode_state(state->value));
  state_row_ = state->value;

  auto ring = std::make_shared<KeyRing>();
  for (const auto& row : rows) {
    if (row.key == kStateKey) continue;
    auto name = parse_domain_row_key(row.key);
    if (!name)
      co_return refused(
          fmt::format("the store has a domain key row of a newer program: {}", row.key));
    CO_TRY(Bytes wrapped, wrapped_of_row(row.value));
    auto key = co_await root_.unwrap(std::move(wrapped), domain_aad(state_.store, *name));
    if (!key.ok())
      co_return refused(
          fmt::format("the root does not open the store's domain keys: {}", key.error().message));
    if (key->size() != kDomainKeyBytes) co_return refused("a domain key has an impossible size");
    ring->put(*name, std::make_shared<DomainKey>(name->series, std::move(*key)));
  }
  for (uint8_t series = 1; series <= kSeriesCount; ++series)
    if (ring->current(series) == 0)
      co_return refused(fmt::format("the store has no domain key of {}", series_name(series)));
  show(std::move(ring));
  co_return ok_status();
}

Task<Result<store::Row>> DomainStore::wrap_row(DomainName name, KeyRing::Key key) {
  CO_TRY(Bytes wrapped, co_await root_.wrap(key->key.clone(), domain_aad(state_.store, name)));
  co_return store::Row{domain_row_key(name), domain_row(wrapped)};
}

Task<Status> DomainStore::make_first() {
  state_ = State{.store = random_.id128()};
  state_row_.clear();
  auto ring = std::make_shared<KeyRing>();
  store::Batch batch;
  for (uint8_t series = 1; series <= kSeriesCount; ++series) {
    const DomainName name{series, 1};
    auto key =
        std::make_shared<const DomainKey>(series, crypto::random_secret(random_, kDomainKeyBytes));
    CO_TRY(store::Row row, co_await wrap_row(name, key));
    batch.puts.push_back(std::move(row));
    ring->put(name, std::move(key));
  }
  CO_TRY_OK(co_await commit(std::move(batch), state_));
  show(std::move(ring));
  log::info("domain_keys_made", {{"root", root_.kind()}});
  co_return ok_status();
}

// commit applies `batch` together with the next state, guarded by the state we know, and repeats it
// while that is harmless.
Task<Status> DomainStore::commit(store::Batch batch, State next) {
  next.change = random_.id128();
  Bytes row = encode_state(next);
  batch.in = {kPartition};
  batch.expect.push_back(
      {kStateKey, state_row_.empty() ? std::nullopt : std::optional<Bytes>(state_row_)});
  batch.puts.push_back({kStateKey, row});
  store::Commit outcome = store::Commit::kBusy;
  for (int tries = 0; tries < kTriesMax; ++tries) {
    outcome = co_await meta_.commit(batch);
    bool applied = outcome == store::Commit::kDone;
    if (outcome == store::Commit::kConflict || outcome == store::Commit::kUnknown) {
      CO_TRY(applied, co_await is_applied(row));
    } else if (!applied && outcome != store::Commit::kBusy) {
      break;
    }
    if (applied) {
      state_ = next;
      state_row_ = std::move(row);
      co_return ok_status();
    }
  }
  co_return store::error_of(outcome);
}

Task<Result<bool>> DomainStore::is_applied(Bytes next) {
  CO_TRY(std::optional<Bytes> found, co_await meta_.get({kPartition}, kStateKey));
  if (found == next) co_return true;
  if (found.value_or(Bytes()) == state_row_) co_return false;
  co_return internal_error("the domain keys were changed by another process");
}

// settle begins every change from what the store holds, whatever became of the change before.
Task<Status> DomainStore::settle() {
  CO_TRY(const bool found, co_await load());
  if (!found) co_return internal_error("the store's domain keys are gone");
  co_return co_await finish_closing();
}

Task<Status> DomainStore::open_epoch(uint8_t series) {
  Turn turn(changing_);
  CO_TRY_OK(turn.status());
  CO_TRY_OK(co_await settle());
  auto before = ring();
  if (before->all().size() >= kLivingKeysMax)
    co_return internal_error("too many domain key epochs are open");
  const DomainName name{series, before->current(series) + 1};
  auto key =
      std::make_shared<const DomainKey>(series, crypto::random_secret(random_, kDomainKeyBytes));
  CO_TRY(store::Row row, co_await wrap_row(name, key));
  store::Batch batch;
  batch.puts.push_back(std::move(row));
  CO_TRY_OK(co_await commit(std::move(batch), state_));
  auto ring = std::make_shared<KeyRing>(*before);
  ring->put(name, std::move(key));
  show(std::move(ring));
  co_return ok_status();
}

Task<Status> DomainStore::close(uint8_t series, uint32_t before) {
  Turn turn(changing_);
  CO_TRY_OK(turn.status());
  CO_TRY_OK(co_await settle());
  if (series != 0) {
    auto now = ring();
    if (before > now->current(series))
      co_return internal_error("an epoch that is current or to come cannot be closed");
    auto first = now->all().lower_bound({series, 0});
    if (first->first.epoch >= before) co_return ok_status();
  }
  State next = state_;
  next.closing_generation = root_.generation();
  next.closing_series = series;
  next.closing_before = before;
  CO_TRY_OK(co_await commit({}, next));
  co_return co_await finish_closing();
}

Task<Status> DomainStore::finish_closing() {
  if (!state_.closing()) co_return ok_status();
  CO_TRY_OK(co_await renew_root());
  CO_TRY(std::vector<store::Row> survivors, co_await rewrap());
  CO_TRY_OK(co_await remove_closed());
  CO_TRY_OK(co_await check_survivors(std::move(survivors)));
  CO_TRY_OK(co_await root_.finish_rotation());
  State next = state_;
  next.closing_generation = next.closing_before = next.closing_series = 0;
  CO_TRY_OK(co_await commit({}, next));
  log::info("domain_keys_closed", {{"root_generation", fmt::to_string(root_.generation())}});
  co_return ok_status();
}

// renew_root makes current a generation that the closed keys were never wrapped under. One that was
// begun before the intent may have wrapped them: it is finished first.
Task<Status> DomainStore::renew_root() {
  while (root_.generation() <= state_.closing_generation) {
    const uint32_t former = root_.generation();
    if (root_.rotating()) {
      CO_TRY(std::vector<store::Row> all, co_await rewrap());
      CO_TRY_OK(co_await check_survivors(std::move(all)));
      CO_TRY_OK(co_await root_.finish_rotation());
    }
    CO_TRY_OK(co_await root_.begin_rotation());
    if (root_.generation() <= former)
      co_return internal_error("the root's rotation made no new generation");
  }
  co_return ok_status();
}

// rewrap wraps the surviving keys under the root's current generation. The keys to be closed stay
// as they are.
Task<Result<std::vector<store::Row>>> DomainStore::rewrap() {
  auto now = ring();
  std::vector<store::Row> rows;
  for (const auto& [name, key] : now->all()) {
    if (state_.closes(name.series, name.epoch)) continue;
    CO_TRY(store::Row row, co_await wrap_row(name, key));
    rows.push_back(std::move(row));
  }
  store::Batch batch;
  batch.puts = rows;
  CO_TRY_OK(co_await commit(std::move(batch), state_));
  co_return rows;
}

Task<Status> DomainStore::remove_closed() {
  auto ring = std::make_shared<KeyRing>(*this->ring());
  store::Batch batch;
  for (const auto& [name, key] : this->ring()->all()) {
    if (!state_.closes(name.series, name.epoch)) continue;
    batch.deletes.push_back(domain_row_key(name));
    ring->erase(name);
  }
  if (batch.deletes.empty()) co_return ok_status();
  CO_TRY_OK(co_await commit(std::move(batch), state_));
  show(std::move(ring));
  co_return ok_status();
}

// check_survivors is the last look before keys are destroyed: the store holds the rows that were
// wrapped anew, and they open.
Task<Status> DomainStore::check_survivors(std::vector<store::Row> expected) {
  CO_TRY(std::vector<store::Row> found, co_await scan_seal_rows(meta_));
  auto now = ring();
  for (const auto& row : expected) {
    auto same = [&](const store::Row& other) {
      return other.key == row.key && other.value == row.value;
    };
    if (std::none_of(found.begin(), found.end(), same))
      co_return internal_error("a rewrapped domain key was not kept");
    const DomainName name = *parse_domain_row_key(row.key);
    CO_TRY(Bytes wrapped, wrapped_of_row(row.value));
    CO_TRY(Secret key, co_await root_.unwrap(std::move(wrapped), domain_aad(state_.store, name)));
    auto known = now->find(name);
    if (!known || !equal_ct(key, known->key))
      co_return internal_error("a rewrapped domain key is another one");
  }
  co_return ok_status();
}

Task<Status> DomainStore::reset() {
  Turn turn(changing_);
  CO_TRY_OK(turn.status());
  CO_TRY_OK(co_await meta_.drop({kPartition}));
  co_return co_await make_first();
}

}  // namespace coffer::seal
