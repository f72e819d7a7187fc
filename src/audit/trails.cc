#include "audit/trails.h"

#include <algorithm>

namespace coffer::audit {
namespace {

constexpr size_t kTrailsMax = 5;  // of an account in a Region
const store::Partition kPartition{"trails"};
constexpr std::string_view kPrefix = "t/";

std::string row_name(std::string_view account, std::string_view name) {
  return fmt::format("{}{}/{}", kPrefix, account, name);
}

std::string aad_of(const std::string& row) { return "trail\n" + row; }

UnixMs whole_second(UnixMs ms) { return ms / 1000 * 1000; }

}  // namespace

Error trail_not_found(std::string_view account, std::string_view name) {
  return Error{"TrailNotFoundException",
               fmt::format("Unknown trail: {} for the user: {}", name, account)};
}

Task<Status> Trails::load() {
  store::Range range = store::prefix_range(kPrefix);
  for (bool more = true; more;) {
    CO_TRY(store::Page page, co_await d_.meta.scan(kPartition, range, {}));
    more = page.more && !page.rows.empty();
    for (const store::Row& row : page.rows) {
      CO_TRY(const Bytes bytes,
             d_.keys.open_bytes(seal::Series::kAudit, aad_of(row.key), row.value));
      auto decoded = decode_trail(bytes);
      if (!decoded.ok())
        co_return internal_error(fmt::format("{}: {}", row.key, decoded.error().message));
      Trail trail = std::move(*decoded);
      const std::string account = trail.config.account, name = trail.config.name;
      if (row_name(account, name) != row.key)
        co_return internal_error("a trail's row is another's");
      map_.put(account, name, std::move(trail), {});
    }
    if (more) range.from = page.rows.back().key + '\0';
  }
  count_takers();
  co_return co_await signers_.load();
}

void Trails::clear() {
  map_.clear();
  signers_.clear();
  count_takers();
  std::lock_guard lock(scanned_mutex_);
  scanned_.clear();
}

TrailPtr Trails::find(std::string_view account, std::string_view name) const {
  auto entry = map_.find(account, name);
  return entry ? TrailPtr(entry, &entry->value) : nullptr;
}

std::vector<TrailPtr> Trails::list(std::string_view account) const {
  std::vector<TrailPtr> out;
  for (auto& [name, entry] : map_.list(account, "", SIZE_MAX))
    out.emplace_back(entry, &entry->value);
  return out;
}

std::vector<TrailPtr> Trails::all() const {
  std::vector<TrailPtr> out;
  for (const std::string& account : map_.scopes())
    for (TrailPtr& trail : list(account)) out.push_back(std::move(trail));
  return out;
}

void Trails::count_takers() {
  size_t takers = 0;
  for (const TrailPtr& trail : all())
    if (trail->state.logging() && may_take_data(trail->config.selectors)) ++takers;
  data_takers_.store(takers);
}

Task<Status> Trails::write(Trail trail, Draft* draft) {
  const std::string row = row_name(trail.config.account, trail.config.name);
  store::Batch batch{.in = kPartition};
  batch.puts.push_back(
      {row, d_.keys.seal_bytes(seal::Series::kAudit, aad_of(row), encode_trail(trail))});
  if (batch.puts[0].value.size() > store::kRowValueMax)
    co_return internal_error("a trail's row is too large");
  if (draft) batch.puts.push_back(draft->row(kPartition));
  const store::Commit outcome = co_await d_.meta.commit(std::move(batch));
  if (outcome != store::Commit::kDone) {
    if (draft) draft->unused();
    if (outcome != store::Commit::kUnknown) co_return store::error_of(outcome);
    CO_TRY_OK(co_await load());  // the row tells what came of it
    co_return store::error_of(outcome);
  }
  const std::string account = trail.config.account, name = trail.config.name;
  map_.put(account, name, std::move(trail), {});
  count_takers();
  co_return ok_status();
}

Task<Result<TrailPtr>> Trails::create(TrailConfig config, Draft& draft) {
  auto turn = co_await turns_.take(config.account);
  const std::string account = config.account, name = config.name;
  if (find(account, name))
    co_return Error{"TrailAlreadyExistsException",
                    fmt::format("Trail {} already exists for customer: {}", name, account)};
  if (map_.count(account) >= kTrailsMax)
    co_return Error{
        "MaximumNumberOfTrailsExceededException",
        fmt::format("User: {} already has {} trails in {}.", account, kTrailsMax, config.region)};
  config.created_ms = d_.clock.business_ms();
  CO_TRY_OK(co_await write({std::move(config), {}}, &draft));
  co_return find(account, name);
}

Task<Result<TrailPtr>> Trails::change(std::string account, std::string name, Edit edit,
                                      Draft* draft) {
  auto turn = co_await turns_.take(account);
  const TrailPtr before = find(account, name);
  if (!before) co_return trail_not_found(account, name);
  Trail fresh = *before;
  CO_TRY_OK(edit(fresh));
  CO_TRY_OK(co_await write(std::move(fresh), draft));
  co_return find(account, name);
}

Task<Status> Trails::remove(std::string account, std::string name, Draft& draft) {
  auto turn = co_await turns_.take(account);
  const TrailPtr before = find(account, name);
  if (!before) co_return trail_not_found(account, name);
  store::Batch batch{.in = kPartition};
  batch.deletes.push_back(row_name(account, name));
  batch.puts.push_back(draft.row(kPartition));
  const store::Commit outcome = co_await d_.meta.commit(std::move(batch));
  if (outcome != store::Commit::kDone) {
    draft.unused();
    co_return store::error_of(outcome);
  }
  map_.erase(account, name);
  count_takers();
  std::lock_guard lock(scanned_mutex_);
  scanned_.erase(before->config.arn());
  co_return ok_status();
}

Trails::Edit Trails::start() const {
  return [this](Trail& trail) {
    TrailState& state = trail.state;
    if (state.logging()) return ok_status();
    const UnixMs now = d_.clock.business_ms();
    if (state.stretches.empty()) {
      state.digest_from_ms = std::max(whole_second(now), state.digest_from_ms);
      state.previous.reset();
    }
    state.stretches.push_back({.from = d_.log.next_sequence()});
    state.started_ms = now;
    return ok_status();
  };
}

Trails::Edit Trails::stop() const {
  return [this](Trail& trail) {
    TrailState& state = trail.state;
    if (!state.logging()) return ok_status();
    state.stretches.back().to = d_.log.next_sequence();
    state.stopped_ms = d_.clock.business_ms();
    return ok_status();
  };
}

bool Trails::takes_data(std::string_view account) const {
  if (!any_takes_data() || account.empty()) return false;
  for (const TrailPtr& trail : list(account))
    if (trail->state.logging() && may_take_data(trail->config.selectors)) return true;
  return false;
}

bool Trails::takes(const Event& event) const {
  for (const TrailPtr& trail : list(event.recipient_account))
    if (trail->state.logging() && trail->takes(event)) return true;
  return false;
}

Task<Turns::Turn> Trails::delivery_turn(std::string account, std::string name) {
  co_return co_await deliveries_.take(account + "/" + name);
}

uint64_t Trails::undelivered() const {
  uint64_t out = UINT64_MAX;
  for (const TrailPtr& trail : all())
    if (!trail->state.stretches.empty()) out = std::min(out, trail->state.stretches.front().from);
  return out;
}

Task<Status> Trails::delivered(Parcel parcel) {
  const UnixMs now = d_.clock.business_ms();
  auto edit = [&parcel, now](Trail& trail) {
    parcel.after(trail.state);
    if (parcel.digest()) {
      trail.state.digested_ms = now;
      trail.state.digest_error.clear();
    } else {
      trail.state.delivered_ms = now;
      trail.state.delivery_error.clear();
    }
    return ok_status();
  };
  auto done = co_await change(parcel.account, parcel.trail, edit, nullptr);
  if (!done.ok()) co_return std::move(done.error());
  co_return ok_status();
}

Task<Status> Trails::failed(Parcel parcel, std::string code) {
  const TrailPtr known = find(parcel.account, parcel.trail);
  if (!known) co_return ok_status();
  const auto error = parcel.digest() ? &TrailState::digest_error : &TrailState::delivery_error;
  if (known->state.*error == code) co_return ok_status();
  auto edit = [error, code](Trail& trail) {
    trail.state.*error = code;
    return ok_status();
  };
  auto done = co_await change(parcel.account, parcel.trail, edit, nullptr);
  if (!done.ok()) co_return std::move(done.error());
  co_return ok_status();
}

}  // namespace coffer::audit
