#include "audit/log.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "audit/log_impl.h"
#include "base/counters.h"
#include "base/directories.h"
#include "base/log.h"

namespace coffer::audit {
namespace {

// HandlerDone resumes a coroutine on the executor that it waits on.
template <class Handler>
class HandlerDone : public Done {
 public:
  explicit HandlerDone(Handler handler)
      : executor_(asio::get_associated_executor(handler)), handler_(std::move(handler)) {}
  void call(Status status) override {
    asio::post(executor_, [handler = std::move(handler_), status = std::move(status)]() mutable {
      std::move(handler)(std::exception_ptr(), std::move(status));
    });
  }

 private:
  asio::associated_executor_t<Handler> executor_;
  Handler handler_;
};

void remove_unfinished_files(const std::string& dir) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir, error))
    if (entry.path().extension() == ".new") std::filesystem::remove(entry.path(), error);
}

}  // namespace

Error damaged(const std::string& file, uint64_t offset, std::string_view why) {
  return Error{"AuditLogDamaged", fmt::format("the audit log does not hold: file {}, offset {}: {}",
                                              file, offset, why)};
}

Log::Log() = default;
Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::open(Options options, store::MetaStore& meta,
                                       seal::DomainKeys& keys, Clock& clock, Random& random) {
  std::unique_ptr<Log> log(new Log);
  log->impl_ = std::make_unique<Impl>(std::move(options), meta, keys, clock, random);
  TRY_OK(log->impl_->open());
  return log;
}

Status Log::Impl::open() {
  if (const int error = make_directories(options.dir, 0700))
    return Error{"AuditLogDamaged",
                 fmt::format("the audit log's directory cannot be made: {}", std::strerror(error))};
  remove_unfinished_files(options.dir);
  TRY(auto names, list_files(options.dir));
  if (names.empty()) return writer.start(std::nullopt);
  if (names.size() > 1) TRY_OK(remember_file(names[names.size() - 2]));
  TRY(auto tail, open_tail(names.back()));
  return writer.start(std::move(tail));
}

Result<LogWriter::Tail> Log::Impl::open_tail(const std::string& name) {
  TRY(FilePtr file, open_file(path(name), true));
  auto opened = FileReader::open(file, size_of(*file), keys);
  if (!opened.ok()) return damaged(name, 0, opened.error().message);
  FileReader& reader = *opened;
  if (file_name(reader.header().first_sequence) != name)
    return damaged(name, 0, "the file has another file's name");
  while (auto record = reader.next()) remember_event(record->payload);
  if (!reader.damage().empty()) TRY_OK(cut_torn_tail(reader, *file, name));
  // What the process before wrote may be in the kernel's memory alone; nothing else tells from now
  // on that it is not on the device.
  TRY_OK(sync_names(options.dir));
  if (!sync_file(*file)) return damaged(name, reader.offset(), "it cannot be synced");
  return LogWriter::Tail{
      file,           name,           reader.header(), reader.offset(), reader.sequence(),
      reader.chain(), reader.offset()};
}

// cut_torn_tail cuts what a crash left of records that were not synced. A record that was, or one
// that a later record tells to have been, is damage that no crash makes: the log is left as it is.
Status Log::Impl::cut_torn_tail(FileReader& reader, const File& file, const std::string& name) {
  auto synced = reader.synced_after();
  if (!synced.ok()) return damaged(name, reader.offset(), synced.error().message);
  if (*synced > reader.offset()) return damaged(name, reader.offset(), reader.damage());
  log::warn("audit_log_cut", {{"file", name},
                              {"offset", fmt::to_string(reader.offset())},
                              {"bytes", fmt::to_string(size_of(file) - reader.offset())},
                              {"why", reader.damage()}});
  if (::ftruncate(file.fd(), static_cast<off_t>(reader.offset())) != 0 || ::fsync(file.fd()) != 0)
    return damaged(name, reader.offset(),
                   fmt::format("it cannot be cut: {}", std::strerror(errno)));
  return ok_status();
}

void Log::Impl::remember_event(ByteView payload) { recent.insert(event_id_of(payload)); }

Status Log::Impl::remember_file(const std::string& name) {
  TRY(FilePtr file, open_file(path(name), false));
  auto opened = FileReader::open(file, size_of(*file), keys);
  if (!opened.ok()) return damaged(name, 0, opened.error().message);
  while (auto record = opened->next()) remember_event(record->payload);
  if (!opened->damage().empty()) return damaged(name, opened->offset(), opened->damage());
  return ok_status();
}

Bytes Log::Impl::prepare(Event& event) const {
  if (event.event_id.empty()) event.event_id = random.uuid();
  bound_event(event);
  return encode_event(event);
}

Task<Status> Log::Impl::append(Bytes payload) {
  auto token = asio::use_awaitable;
  co_return co_await asio::async_initiate<decltype(token), void(std::exception_ptr, Status)>(
      [this](auto handler, Bytes bytes) {
        std::unique_ptr<Done> done =
            std::make_unique<HandlerDone<decltype(handler)>>(std::move(handler));
        if (!writer.submit(std::move(bytes), done)) done->call(unavailable());
      },
      token, std::move(payload));
}

Task<Status> Log::append(Event event) {
  Bytes payload = impl_->prepare(event);
  co_return co_await impl_->append(std::move(payload));
}

void Log::append_later(Event event) {
  std::unique_ptr<Done> nobody;
  if (impl_->writer.submit(impl_->prepare(event), nobody)) return;
  impl_->dropped.fetch_add(1, std::memory_order_relaxed);
}

store::Row Log::outbox_row(Event& event) {
  Bytes value = impl_->prepare(event);
  return {fmt::format("{}{}", kOutboxPrefix, event.event_id), std::move(value)};
}

Task<Status> Log::drain(store::Partition in, Event event) {
  CHECK(!event.event_id.empty());  // its row was made
  std::string key = fmt::format("{}{}", kOutboxPrefix, event.event_id);
  CO_TRY_OK(co_await append(std::move(event)));
  co_await impl_->outbox->remove_later(std::move(in), std::move(key));
  co_return ok_status();
}

Task<Status> Log::recover() {
  CO_TRY(auto partitions, co_await impl_->meta.partitions(""));
  for (auto& partition : partitions) CO_TRY_OK(co_await impl_->recover_partition(partition));
  impl_->recent = {};
  co_return ok_status();
}

Task<Status> Log::Impl::recover_partition(store::Partition in) {
  store::Range range = store::prefix_range(kOutboxPrefix);
  for (bool more = true; more;) {
    CO_TRY(store::Page page, co_await meta.scan(in, range, {}));
    more = page.more && !page.rows.empty();
    std::vector<std::string> done;
    for (auto& row : page.rows) {
      const std::string id = event_id_of(row.value);
      if (id.empty() || row.key != fmt::format("{}{}", kOutboxPrefix, id)) {
        log::error("audit_outbox_row_unknown", {{"partition", in.name}, {"key", row.key}});
        continue;
      }
      if (!recent.contains(id)) CO_TRY_OK(co_await append(std::move(row.value)));
      recent.insert(id);
      done.push_back(row.key);
    }
    if (more) range.from = page.rows.back().key + '\0';
    if (done.empty()) continue;
    log::info("audit_outbox_recovered",
              {{"partition", in.name}, {"rows", fmt::to_string(done.size())}});
    if (!co_await offload(reader, [this] { return writer.flush(), writer.healthy(); }))
      co_return unavailable();
    CO_TRY_OK(co_await outbox->remove(in, std::move(done)));
  }
  co_return ok_status();
}

std::string Log::new_id() const { return impl_->random.uuid(); }
uint64_t Log::next_sequence() const { return impl_->writer.snapshot().next_sequence; }
uint64_t Log::records() const { return impl_->writer.snapshot().next_sequence - 1; }
void Log::flush() { impl_->writer.flush(); }

bool Log::stop_removals(std::chrono::milliseconds grace) {
  impl_->outbox->close();
  return impl_->outbox->settle(grace);
}

bool Log::healthy() const { return impl_->writer.healthy(); }

Task<Status> Log::reset() {
  co_return co_await offload(impl_->reader, [impl = impl_.get()] {
    const Status done = impl->writer.reset();
    impl->index.clear();
    return done;
  });
}

}  // namespace coffer::audit
