// The one path of every change of an account.
#include "iam/impl.h"

namespace coffer::iam {

constexpr int kAttemptsMax = 32;

Task<Result<bool>> Iam::Impl::commit_head(std::string account, store::Batch batch,
                                          std::optional<Bytes> before, Bytes after) {
  batch.expect.push_back({std::string(kAccountRow), before});
  batch.puts.push_back({std::string(kAccountRow), after});
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    store::Commit outcome = co_await deps.meta.commit(batch);
    if (outcome == store::Commit::kDone) co_return true;
    if (outcome != store::Commit::kConflict && outcome != store::Commit::kUnknown)
      co_return store::error_of(outcome);
    CO_TRY(std::optional<Bytes> now, co_await deps.meta.get(batch.in, std::string(kAccountRow)));
    if (now == after) co_return true;  // no other change writes these bytes
    if (now == before) continue;
    CO_TRY_OK(co_await reload(account));
    co_return false;
  }
  co_return store::error_of(store::Commit::kBusy);
}

Task<Status> Iam::Impl::change(std::string account, audit::Draft* draft, Plan plan) {
  Turns::Turn turn = co_await turns.take(account);
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    auto head = accounts.find(account, kSelf);
    if (!head) co_return internal_error("a change of an account that does not exist");
    CO_TRY(Change change, plan(head->value));
    if (change.nothing) co_return ok_status();

    AccountRecord next = change.account ? *std::move(change.account) : head->value;
    next.change = head->value.change + 1;
    next.change_id = deps.random.id128();
    Bytes after = seal_row(account, kAccountRow, encode(next));
    for (store::Row& row : change.puts) row.value = seal_row(account, row.key, row.value);
    store::Batch batch{.in = account_partition(account),
                       .puts = std::move(change.puts),
                       .deletes = std::move(change.deletes)};
    if (draft) batch.puts.push_back(draft->row(batch.in));
    auto done = co_await commit_head(account, std::move(batch), head->raw, after);
    if (done.ok() && *done) {
      if (change.publish) change.publish();
      accounts.put(account, kSelf, std::move(next), std::move(after));
      co_return ok_status();
    }
    if (draft) draft->unused();
    if (!done.ok()) co_return std::move(done.error());
  }
  co_return store::error_of(store::Commit::kBusy);
}

}  // namespace coffer::iam
