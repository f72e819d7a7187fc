// The slow ways through the log: looking for a request, and holding the whole chain to its word.
#include "audit/log_impl.h"
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

Result<uint64_t> Log::Impl::verify(const LogWriter::Tail& tail) const {
  TRY(auto names, names_until(options.dir, tail));
  LogWriter::Tail expected;  // the end of the file before
  expected.header.log = tail.header.log;
  for (const auto& name : names) {
    TRY(FileReader reader, open_reader(name, tail));
    TRY_OK(verify_file(reader, name, expected));
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
                              const LogWriter::Tail& expected) const {
  const FileHeader& header = reader.header();
  if (header.log != expected.header.log) return damaged(name, 0, "the file is another log's");
  if (header.first_sequence != expected.next_sequence || header.previous != expected.chain ||
      file_name(header.first_sequence) != name)
    return damaged(name, 0, "the file does not follow the one before it");
  while (auto record = reader.next())
    if (auto event = decode_event(record->payload); !event.ok())
      return damaged(name, record->offset, event.error().message);
  if (!reader.damage().empty()) return damaged(name, reader.offset(), reader.damage());
  return ok_status();
}

Task<Result<std::vector<Event>>> Log::find_request(std::string request_id) {
  co_return co_await offload(impl_->reader,
                             [impl = impl_.get(), request_id = std::move(request_id)] {
                               return impl->find(request_id, impl->writer.snapshot());
                             });
}

Task<Result<uint64_t>> Log::verify() {
  co_return co_await offload(
      impl_->reader, [impl = impl_.get()] { return impl->verify(impl->writer.snapshot()); });
}

}  // namespace coffer::audit
