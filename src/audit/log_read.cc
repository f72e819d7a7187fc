// The slow ways through the log: looking for a request, and holding the whole chain to its word.
#include <unistd.h>

#include "audit/log_impl.h"
#include "audit/removal.h"
#include "base/log.h"

namespace coffer::audit {
namespace {

constexpr size_t kFilesSearched = 16;
constexpr size_t kEventsFoundMax = 1000;

bool is_tail(const std::string& name, const LogWriter::Tail& tail) { return name == tail.name; }

// names_until leaves out files that were begun after `tail` was looked at.
Result<std::vector<std::string>> names_until(const std::string& dir, const LogWriter::Tail& tail) {
  TRY(auto names, list_files(dir));
  std::erase_if(names, [&](const std::string& name) { return name > tail.name; });
  return names;
}

}  // namespace

Result<FileReader> Log::Impl::open_reader(const std::string& name,
                                          const LogWriter::Tail& tail) const {
  TRY(FilePtr file, open_file(path(name), false));
  const uint64_t size = size_of(*file);
  auto reader =
      FileReader::open(file, is_tail(name, tail) ? std::min(size, tail.offset) : size, keys);
  if (!reader.ok()) return damaged(name, 0, reader.error().message);
  return reader;
}

Result<std::vector<Event>> Log::Impl::find(const std::string& request_id,
                                           const LogWriter::Tail& tail) const {
  std::vector<Event> found;
  if (request_id.empty()) return found;
  TRY(auto names, names_until(options.dir, tail));
  size_t files = 0;
  for (auto name = names.rbegin(); name != names.rend() && files < kFilesSearched;
       ++name, ++files) {
    TRY(FileReader reader, open_reader(*name, tail));
    std::vector<Event> here;
    while (auto record = reader.next()) {
      if (record->payload.find(request_id) == ByteView::npos) continue;
      auto event = decode_event(record->payload);
      if (event.ok() && event->request_id == request_id) here.push_back(std::move(*event));
    }
    if (!reader.damage().empty())
      log::error("audit_log_damaged", {{"file", *name}, {"why", reader.damage()}});
    std::move(here.rbegin(), here.rend(), std::back_inserter(found));
    if (found.size() >= kEventsFoundMax) break;
  }
  return found;
}

Result<uint64_t> Log::Impl::verify(const LogWriter::Tail& tail,
                                   const std::vector<Checkpoint>& against) const {
  TRY(auto names, names_until(options.dir, tail));
  TRY(const auto removal, read_removal(options.dir, keys));
  LogWriter::Tail expected;  // the end of the file before
  expected.header.log = tail.header.log;
  if (removal && removal->log == tail.header.log) {
    expected.next_sequence = removal->first_sequence;
    expected.chain = removal->previous;
    std::erase_if(names, [&](const std::string& name) {  // a crash came before their end
      return name < file_name(removal->first_sequence);
    });
  }
  for (const Checkpoint& point : against)
    if (point.log != tail.header.log || point.sequence >= tail.next_sequence)
      return damaged(tail.name, tail.offset,
                     point.log != tail.header.log
                         ? "a checkpoint is of another log"
                         : fmt::format("records up to {} are missing, which a checkpoint names",
                                       point.sequence));
  for (const auto& name : names) {
    TRY(FileReader reader, open_reader(name, tail));
    TRY_OK(verify_file(reader, name, expected, against));
    if (!is_tail(name, tail)) TRY_OK(verify_index(name));
    expected.name = name;
    expected.offset = reader.offset();
    expected.next_sequence = reader.sequence();
    expected.chain = reader.chain();
  }
  if (expected.name != tail.name) return damaged(tail.name, 0, "the file is missing");
  if (expected.next_sequence != tail.next_sequence || expected.chain != tail.chain)
    return damaged(tail.name, expected.offset, "records are missing at its end");
  return tail.next_sequence - 1;
}

Status Log::Impl::verify_file(FileReader& reader, const std::string& name,
                              const LogWriter::Tail& expected,
                              const std::vector<Checkpoint>& against) const {
  const FileHeader& header = reader.header();
  if (header.log != expected.header.log) return damaged(name, 0, "the file is another log's");
  if (header.first_sequence != expected.next_sequence || header.previous != expected.chain ||
      file_name(header.first_sequence) != name)
    return damaged(name, 0, "the file does not follow the one before it");
  while (auto record = reader.next()) {
    if (auto event = decode_event(record->payload); !event.ok())
      return damaged(name, record->offset, event.error().message);
    for (const Checkpoint& point : against)
      if (point.sequence + 1 == reader.sequence() && point.chain != reader.chain())
        return damaged(name, record->offset, "the record is not the one that a checkpoint names");
  }
  if (!reader.damage().empty()) return damaged(name, reader.offset(), reader.damage());
  return ok_status();
}

// verify_index: what an index hides, no lookup finds.
Status Log::Impl::verify_index(const std::string& name) const {
  auto file = open_file(path(index_name(name)), false);
  if (!file.ok()) return ok_status();  // it is made where it is missing
  TRY(const Bytes whole, index.rebuilt(name));
  if (size_of(**file) != whole.size()) return damaged(name, 0, "its index is another one");
  Bytes stored(whole.size(), '\0');
  const ssize_t n = ::pread((*file)->fd(), stored.data(), stored.size(), 0);
  if (n != static_cast<ssize_t>(stored.size()) || stored != whole)
    return damaged(name, 0, "its index is another one");
  return ok_status();
}

Result<size_t> Log::Impl::remove_before(UnixMs time_ms, uint64_t sequence) {
  const LogWriter::Tail tail = writer.snapshot();
  TRY_OK(index.catch_up(tail));
  TRY(auto names, names_until(options.dir, tail));
  TRY(const auto known, read_removal(options.dir, keys));
  size_t count = 0;
  while (count + 1 < names.size() && index.ends_before(names[count], time_ms, sequence)) ++count;
  if (count == 0) return count;
  TRY(const FileReader kept, open_reader(names[count], tail));
  const FileHeader& header = kept.header();
  if (!known || known->log != header.log || known->first_sequence < header.first_sequence)
    TRY_OK(write_removal(options.dir, {header.log, header.first_sequence, header.previous}, keys));
  for (size_t i = 0; i < count; ++i) {
    if (::unlink(path(names[i]).c_str()) != 0)
      return internal_error("an audit log file cannot be removed");
    index.forget(names[i]);
  }
  log::info("audit_log_files_removed", {{"count", fmt::to_string(count)}});
  return count;
}

Task<Result<std::vector<Event>>> Log::find_request(std::string request_id) {
  co_return co_await offload(impl_->reader,
                             [impl = impl_.get(), request_id = std::move(request_id)] {
                               return impl->find(request_id, impl->writer.snapshot());
                             });
}

Task<Result<Finding>> Log::find(Query query) {
  co_return co_await offload(impl_->reader,
                             [impl = impl_.get(), query = std::move(query)]() -> Result<Finding> {
                               TRY_OK(impl->index.catch_up(impl->writer.snapshot()));
                               return impl->index.find(query);
                             });
}

Task<Result<uint64_t>> Log::verify(std::vector<Checkpoint> against) {
  co_return co_await offload(impl_->reader, [impl = impl_.get(), against = std::move(against)] {
    return impl->verify(impl->writer.snapshot(), against);
  });
}

Task<Result<Checkpoint>> Log::checkpoint() {
  co_return co_await offload(impl_->reader, [impl = impl_.get()]() -> Result<Checkpoint> {
    impl->writer.flush();
    if (!impl->writer.healthy()) return unavailable();
    const LogWriter::Tail tail = impl->writer.snapshot();
    return Checkpoint{tail.header.log, tail.next_sequence - 1, tail.chain, 0};
  });
}

Task<Result<size_t>> Log::remove_before(UnixMs time_ms, uint64_t sequence) {
  co_return co_await offload(impl_->reader, [impl = impl_.get(), time_ms, sequence] {
    return impl->remove_before(time_ms, sequence);
  });
}

}  // namespace coffer::audit
