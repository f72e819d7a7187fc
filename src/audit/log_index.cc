#include "audit/log_index.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "base/log.h"

namespace coffer::audit {
namespace {

bool write_whole(const std::string& path, ByteView bytes) {
  const File file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  while (!bytes.empty()) {
    const ssize_t n = ::write(file.fd(), bytes.data(), bytes.size());
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// grow reads what the file has up to `end`.
template <class Growing>
void grow(Growing& file, uint64_t end) {
  file.reader.extend(end);
  while (auto record = file.reader.next()) {
    if (auto event = decode_event(record->payload); event.ok())
      file.index.add(record->offset, *event);
    else
      file.index.add_unreadable(record->offset);
  }
  if (!file.reader.damage().empty())
    log::error("audit_log_damaged", {{"file", file.name}, {"why", file.reader.damage()}});
}

}  // namespace

struct LogIndex::Search {
  const Query& query;
  uint64_t key = 0;
  Finding out;
  size_t bytes = 0;
};

Result<LogIndex::Growing> LogIndex::begin(const std::string& name) const {
  TRY(FilePtr file, open_file(path(name), false));
  TRY(FileReader reader, FileReader::open(file, kFileHeaderBytes, keys_));
  return Growing{name, std::move(reader), {}};
}

Status LogIndex::store(const Growing& whole, uint64_t bytes) {
  const std::string at = path(index_name(whole.name)), temporary = at + ".new";
  if (!write_whole(temporary, whole.index.encode(whole.reader.header(), bytes)) ||
      ::rename(temporary.c_str(), at.c_str()) != 0)
    return internal_error("an index of the audit log cannot be written");
  TRY(FilePtr file, open_file(at, false));
  auto opened = open_stored_index(file, whole.reader.header(), bytes);
  if (!opened) return internal_error("an index of the audit log does not read back");
  done_[whole.reader.header().first_sequence] = {whole.name, std::move(opened)};
  return ok_status();
}

// add_file takes over the stored index of a finished file, or makes it.
Status LogIndex::add_file(const std::string& name) {
  TRY(FilePtr log, open_file(path(name), false));
  const uint64_t bytes = size_of(*log);
  TRY(FileReader reader, FileReader::open(log, kFileHeaderBytes, keys_));
  if (auto file = open_file(path(index_name(name)), false); file.ok()) {
    if (auto stored = open_stored_index(*file, reader.header(), bytes)) {
      done_[reader.header().first_sequence] = {name, std::move(stored)};
      return ok_status();
    }
  }
  TRY(Growing whole, begin(name));
  grow(whole, bytes);
  return store(whole, bytes);
}

Status LogIndex::catch_up(const LogWriter::Tail& tail) {
  if (!growing_ || growing_->name != tail.name) {
    TRY(auto names, list_files(dir_));
    for (const std::string& name : names) {
      if (name >= tail.name) break;
      if (growing_ && growing_->name == name) {
        TRY(const FilePtr whole, open_file(path(name), false));
        const uint64_t bytes = size_of(*whole);
        grow(*growing_, bytes);
        TRY_OK(store(*growing_, bytes));
        growing_.reset();
        continue;
      }
      const auto first = parse_file_name(name);
      if (first && !done_.contains(*first)) TRY_OK(add_file(name));
    }
    growing_.reset();
    TRY(Growing fresh, begin(tail.name));
    growing_.emplace(std::move(fresh));
  }
  grow(*growing_, tail.offset);
  return ok_status();
}

Result<bool> LogIndex::take(Search& search, const File& file, uint64_t sequence,
                            const IndexedRecord& record) {
  const Query& q = search.query;
  if (record.time_ms < q.from_ms || record.time_ms > q.to_ms) return false;
  TRY(const Bytes payload, read_payload(file, record.offset));
  auto event = decode_event(payload);
  if (!event.ok() || event->recipient_account != q.account || !has(*event, q.attribute, q.value))
    return false;
  search.bytes += payload.size();
  search.out.events.push_back({sequence, std::move(*event)});
  return search.out.events.size() >= q.max || search.bytes >= q.bytes_max;
}

// search answers whether enough was found.
Result<bool> LogIndex::search(Search& search, uint64_t first, const std::string& name,
                              const FileIndex& index) {
  const Query& q = search.query;
  const uint64_t end = first + index.records();
  if (index.records() == 0 || first >= q.to_sequence || end <= q.from_sequence) return false;
  if (index.greatest_ms() < q.from_ms || index.least_ms() > q.to_ms) return false;
  TRY(std::vector<uint32_t> ordinals, index.find(search.key));
  if (ordinals.empty()) return false;
  if (q.newest_first) std::reverse(ordinals.begin(), ordinals.end());
  TRY(const FilePtr file, open_file(path(name), false));
  for (const uint32_t ordinal : ordinals) {
    const uint64_t sequence = first + ordinal;
    if (sequence < q.from_sequence || sequence >= q.to_sequence) continue;
    TRY(const IndexedRecord record, index.record(ordinal));
    TRY(const bool enough, take(search, *file, sequence, record));
    if (enough) return true;
  }
  return false;
}

Result<Finding> LogIndex::find(const Query& query) {
  Search at{.query = query, .key = index_key(query.account, query.attribute, query.value)};
  const auto growing = [&]() -> Result<bool> {
    if (!growing_) return false;
    return search(at, growing_->reader.header().first_sequence, growing_->name, growing_->index);
  };
  bool enough = false;
  if (query.newest_first) {
    TRY(enough, growing());
    for (auto i = done_.rbegin(); i != done_.rend() && !enough; ++i) {
      TRY(enough, search(at, i->first, i->second.name, *i->second.index));
    }
  } else {
    for (auto i = done_.begin(); i != done_.end() && !enough; ++i) {
      TRY(enough, search(at, i->first, i->second.name, *i->second.index));
    }
    if (!enough) {
      TRY(enough, growing());
    }
  }
  at.out.more = enough;
  return std::move(at.out);
}

void LogIndex::clear() {
  done_.clear();
  growing_.reset();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir_, error))
    if (entry.path().extension() == ".idx") std::filesystem::remove(entry.path(), error);
}

void LogIndex::forget(const std::string& log_name) {
  if (const auto first = parse_file_name(log_name)) done_.erase(*first);
  std::error_code error;
  std::filesystem::remove(path(index_name(log_name)), error);
}

bool LogIndex::ends_before(const std::string& log_name, UnixMs time_ms, uint64_t sequence) const {
  const auto first = parse_file_name(log_name);
  const auto found = first ? done_.find(*first) : done_.end();
  if (found == done_.end()) return false;
  const FileIndex& index = *found->second.index;
  return index.greatest_ms() < time_ms && *first + index.records() <= sequence;
}

Result<Bytes> LogIndex::rebuilt(const std::string& log_name) const {
  TRY(Growing whole, begin(log_name));
  TRY(const FilePtr file, open_file(path(log_name), false));
  const uint64_t bytes = size_of(*file);
  grow(whole, bytes);
  return whole.index.encode(whole.reader.header(), bytes);
}

}  // namespace coffer::audit
