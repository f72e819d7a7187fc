// The way of a commit: queued by partition, packed, sent as one guarded operation, answered.
#include "base/fault.h"
#include "store/batch_check.h"
#include "store/rados/omap_meta.h"

namespace coffer::store::rados {

constexpr size_t kGroupMax = 64;
constexpr size_t kGroupBytesMax = 4 << 20;
constexpr size_t kGroupKeysMax = 4096;
constexpr size_t kQueuedBytesMax = 64 << 20;
constexpr size_t kKnownCountsMax = 4096;
constexpr size_t kQueuesMax = 4096;  // idle ones are forgotten beyond this

OmapMeta::~OmapMeta() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return under_way_ == 0; });
}

OmapMeta::QueuePtr OmapMeta::queue_of(const Partition& p) {
  std::lock_guard lock(mutex_);
  if (queues_.size() > kQueuesMax)
    std::erase_if(queues_, [](const auto& each) { return each.second.use_count() == 1; });
  QueuePtr& queue = queues_[p.name];
  if (!queue) {
    queue = std::make_shared<Queue>();
    queue->name = p.name;
  }
  return queue;
}

void OmapMeta::forget() {
  leases_.clear();
  std::lock_guard lock(mutex_);
  for (auto& [_, queue] : queues_) {
    std::lock_guard each(queue->mutex);
    queue->forget = true;
  }
}

Task<Commit> OmapMeta::commit(Batch batch) {
  size_t bytes = check_batch(batch);
  if (queued_bytes_.load() > kQueuedBytesMax) co_return Commit::kBusy;
  if (!batch.bodies.empty() && !parts_.blobs.accepts_bodies("")) co_return Commit::kFull;
  auto hold = parts_.blobs.hold(batch.links);
  if (!hold) co_return Commit::kUnavailable;
  for (const BlobRef& ref : batch.links)
    if (Commit c = co_await parts_.blobs.pre_link(ref, batch.in); c != Commit::kDone) co_return c;
  if (!batch.links.empty() && fault::failed("commit.linking")) co_return Commit::kUnavailable;
  auto links = batch.links;
  Partition in = batch.in;
  bool unlinks = !batch.unlinks.empty();
  Commit outcome = co_await submit(std::move(batch), bytes);
  if (outcome == Commit::kDone) parts_.blobs.linked(links);
  if (outcome == Commit::kUnknown) parts_.blobs.perhaps_linked(links);
  if (unlinks && (outcome == Commit::kDone || outcome == Commit::kUnknown))
    parts_.blobs.has_garbage(in);
  co_return outcome;
}

Task<Commit> OmapMeta::submit(Batch batch, size_t bytes) {
  co_await parts_.fatal.park();
  QueuePtr queue = queue_of(batch.in);
  auto work = std::make_unique<Work>();
  work->batch = std::move(batch);
  work->bytes = bytes;
  queued_bytes_ += bytes;
  co_return co_await embedded::suspend<Commit>(
      [this, queue, &work](embedded::ResumePtr<Commit> resume) {
        work->resume = std::move(resume);
        bool idle = false;
        {
          std::lock_guard lock(queue->mutex);
          queue->waiting.push_back(std::move(work));
          idle = !std::exchange(queue->busy, true);
        }
        if (!idle) return;
        {
          std::lock_guard lock(mutex_);
          ++under_way_;
        }
        pump(queue);
      });
}

void OmapMeta::leave() {
  std::lock_guard lock(mutex_);
  --under_way_;
  idle_.notify_all();
}

static void add_written(const Batch& batch, std::set<std::string_view>& out) {
  for (const Row& row : batch.puts) out.insert(row.key);
  for (const std::string& key : batch.deletes) out.insert(key);
}

// Every guard of an operation is judged by what was there before it: a batch that expects what an
// earlier one of the group writes has to wait for the next.
OmapMeta::GroupPtr OmapMeta::take_group(Queue& queue) {
  auto group = std::make_shared<Group>();
  std::set<std::string_view> written;
  size_t bytes = 0, keys = 0;
  while (!queue.waiting.empty() && group->works.size() < kGroupMax) {
    Work& next = *queue.waiting.front();
    const Batch& batch = next.batch;
    bytes += next.bytes;
    keys += batch.expect.size() + batch.puts.size() + batch.deletes.size() + batch.adds.size();
    if (!group->works.empty()) {
      if (next.alone || bytes > kGroupBytesMax || keys > kGroupKeysMax) break;
      if (std::any_of(batch.expect.begin(), batch.expect.end(),
                      [&](const Expect& e) { return written.contains(e.key); }))
        break;
    }
    add_written(batch, written);
    group->works.push_back(std::move(queue.waiting.front()));
    queue.waiting.pop_front();
    if (group->works.back()->alone) break;
  }
  return group;
}

void OmapMeta::pump(QueuePtr queue) {
  GroupPtr group;
  {
    std::lock_guard lock(queue->mutex);
    if (std::exchange(queue->forget, false)) queue->known.clear();
    if (queue->waiting.empty()) {
      queue->busy = false;
    } else {
      group = take_group(*queue);
    }
  }
  if (!group) return leave();
  if (fault::failed("commit.before")) {
    answer(*queue, *group, Commit::kUnavailable);
    return pump(queue);
  }
  count(queue, group);
}

static int64_t plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

void OmapMeta::count(QueuePtr queue, GroupPtr group) {
  Counts deltas;
  for (const auto& work : group->works)
    for (const Add& add : work->batch.adds) {
      int64_t& delta = deltas[counter_key(add.counter, parts_.writer)];
      delta = plus(delta, add.delta);
    }
  struct Read {
    librados::ObjectReadOperation op;
    std::map<std::string, bufferlist> rows;
    int code = 0;
  };
  auto read = std::make_shared<Read>();
  std::set<std::string> unknown;
  // Only the holder of `busy` touches `known`.
  for (const auto& [key, delta] : deltas) {
    auto known = queue->known.find(key);
    if (known == queue->known.end()) unknown.insert(key);
    group->counts[key] = known == queue->known.end() ? delta : plus(known->second, delta);
  }
  if (unknown.empty()) return send(queue, group);
  read->op.omap_get_vals_by_keys(unknown, &read->rows, &read->code);
  read_then(parts_.io, queue->name, read->op, [this, queue, group, read](int code) {
    bool good = code == 0 || code == -ENOENT;
    if (code == 0)
      for (const auto& [key, list] : read->rows) {
        auto value = decode_count(bytes_of(list));
        good = good && value;
        if (value) group->counts[key] = plus(group->counts[key], *value);
      }
    if (good) return send(queue, group);
    answer(*queue, *group, Commit::kUnavailable);
    pump(queue);
  });
}

void OmapMeta::fill(const Group& group, librados::ObjectWriteOperation& op) const {
  std::map<std::string, std::pair<bufferlist, int>> guards;
  std::map<std::string, std::optional<bufferlist>> rows;
  const int64_t due_ms = parts_.clock.wall_ms() + kGarbageDelayMs;
  for (const auto& work : group.works) {
    const Batch& batch = work->batch;
    for (const Expect& e : batch.expect)
      guards[omap_key(Kind::kRow, e.key)] = {list_of(e.value.value_or("")),
                                             LIBRADOS_CMPXATTR_OP_EQ};
    for (const auto& key : batch.deletes) rows[omap_key(Kind::kRow, key)].reset();
    for (const auto& key : batch.body_deletes) rows[omap_key(Kind::kBody, key)].reset();
    for (const Row& row : batch.puts) rows[omap_key(Kind::kRow, row.key)] = list_of(row.value);
    for (const BodyRow& body : batch.bodies)
      rows[omap_key(Kind::kBody, body.key)] = list_of(body.value.view());
    for (const BlobRef& ref : batch.unlinks) {
      rows[omap_key(Kind::kLink, ref.locator)].reset();
      rows[omap_key(Kind::kGarbage, ref.locator)] = list_of(encode(Garbage{due_ms, ref}));
    }
    for (const BlobRef& ref : batch.links) {
      rows[omap_key(Kind::kGarbage, ref.locator)].reset();
      rows[omap_key(Kind::kLink, ref.locator)] = list_of(encode_link(ref));
    }
  }
  for (const auto& [key, value] : group.counts) rows[key] = list_of(encode_count(value));
  std::map<std::string, bufferlist> sets;
  std::set<std::string> removed;
  for (auto& [key, value] : rows) {
    if (value) {
      sets[key] = std::move(*value);
    } else {
      removed.insert(key);
    }
  }
  op.create(false);  // a guard of an object that is not there would fail
  if (!guards.empty()) op.omap_cmp(guards, nullptr);
  if (!removed.empty()) op.omap_rm_keys(removed);
  if (!sets.empty()) op.omap_set(sets);
}

// Two batches of a group may expect one row differently; the operation can hold one guard a row.
static bool guards_agree(const std::vector<const Batch*>& batches) {
  std::map<std::string_view, const std::optional<Bytes>*> seen;
  for (const Batch* batch : batches)
    for (const Expect& e : batch->expect)
      if (auto [i, fresh] = seen.emplace(e.key, &e.value); !fresh && *i->second != e.value)
        return false;
  return true;
}

void OmapMeta::send(QueuePtr queue, GroupPtr group) {
  std::vector<const Batch*> batches;
  for (const auto& work : group->works) batches.push_back(&work->batch);
  if (!guards_agree(batches)) {
    const bool one = batches.size() == 1;  // it contradicts itself
    if (one) answer(*queue, *group, Commit::kConflict);
    return one ? pump(queue) : finish(queue, group, -ECANCELED);
  }
  librados::ObjectWriteOperation op;
  fill(*group, op);
  write_then(parts_.io, queue->name, op,
             [this, queue, group](int code) { finish(queue, group, code); });
}

void OmapMeta::finish(QueuePtr queue, GroupPtr group, int code) {
  const bool forget = code == 0 && fault::failed("commit.after");
  if (code == -ECANCELED && group->works.size() > 1) {
    std::lock_guard lock(queue->mutex);
    for (auto work = group->works.rbegin(); work != group->works.rend(); ++work) {
      (*work)->alone = true;
      queue->waiting.push_front(std::move(*work));
    }
  } else if (code == -ECANCELED) {
    answer(*queue, *group, Commit::kConflict);
  } else if (code == 0) {
    for (const auto& [key, value] : group->counts) queue->known[key] = value;
    if (queue->known.size() > kKnownCountsMax) queue->known.clear();
    answer(*queue, *group, forget ? Commit::kUnknown : Commit::kDone);
  } else if (code == -ESHUTDOWN) {
    parts_.fatal.raise("the cluster has shut this gateway out: another one holds the store");
    parts_.fatal.bury(group);
    return leave();
  } else if (code == -ENOSPC || code == -EDQUOT) {
    answer(*queue, *group, Commit::kFull);
  } else {
    unsure_ = true;
    queue->known.clear();
    answer(*queue, *group, Commit::kUnknown);
  }
  pump(queue);
}

void OmapMeta::answer(Queue& queue, Group& group, Commit outcome) {
  embedded::Answers<Commit> answers;
  for (auto& work : group.works) {
    queued_bytes_ -= work->bytes;
    // After kUnknown watchers are told too: what they keep may be stale.
    if (outcome == Commit::kDone || outcome == Commit::kUnknown) hub_.notify(work->batch);
    answers.add(std::move(work->resume), outcome);
  }
  answers.send();
}

}  // namespace coffer::store::rados
