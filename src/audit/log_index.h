#pragma once
// LogIndex is the index of the whole log: a stored one beside each finished file, one in memory for
// the file that grows. It catches up with the log when it is asked, so that what was written before
// is found. Threads: one at a time, the log's reader.
#include <map>

#include "audit/file_index.h"
#include "audit/log_writer.h"

namespace coffer::audit {

// Query asks for the events of one account. `from_sequence` and `to_sequence` (exclusive) bound
// where in the log, `from_ms` and `to_ms` (inclusive) when.
struct Query {
  std::string account;
  Attribute attribute = Attribute::kAny;
  std::string value;
  uint64_t from_sequence = 0, to_sequence = UINT64_MAX;
  UnixMs from_ms = 0, to_ms = INT64_MAX;
  bool newest_first = true;
  size_t max = 50;
  size_t bytes_max = SIZE_MAX;  // of the records' payloads: ends after the one that passes it
};
struct Found {
  uint64_t sequence = 0;
  Event event;
};
struct Finding {
  std::vector<Found> events;
  bool more = false;  // the log may hold further ones
};

class LogIndex {
 public:
  LogIndex(std::string dir, const seal::DomainKeys& keys) : dir_(std::move(dir)), keys_(keys) {}

  Status catch_up(const LogWriter::Tail& tail);
  Result<Finding> find(const Query& query);
  void clear();  // and removes the stored ones
  void forget(const std::string& log_name);
  // ends_before tells whether a finished file's records are all older and before `sequence`.
  bool ends_before(const std::string& log_name, UnixMs time_ms, uint64_t sequence) const;
  // rebuilt is the stored index as the log file makes it, for verification.
  Result<Bytes> rebuilt(const std::string& log_name) const;

 private:
  struct Indexed {
    std::string name;
    std::unique_ptr<FileIndex> index;
  };
  // Growing is the file that the log's end lies in.
  struct Growing {
    std::string name;
    FileReader reader;
    MemoryIndex index;
  };
  struct Search;
  std::string path(const std::string& name) const { return dir_ + "/" + name; }
  Result<Growing> begin(const std::string& name) const;
  Status add_file(const std::string& name);
  Status store(const Growing& whole, uint64_t bytes);
  Result<bool> search(Search& search, uint64_t first, const std::string& name,
                      const FileIndex& index);
  Result<bool> take(Search& search, const File& file, uint64_t sequence,
                    const IndexedRecord& record);

  const std::string dir_;
  const seal::DomainKeys& keys_;
  std::map<uint64_t, Indexed> done_;  // by first sequence number
  std::optional<Growing> growing_;
};

}  // namespace coffer::audit
