#pragma once
// What the log is made of: its writer, its outbox, and a thread of its own for slow reading.
#include <unordered_set>

#include "audit/log.h"
#include "audit/log_index.h"
#include "audit/log_writer.h"
#include "audit/outbox.h"
#include "base/counters.h"

namespace coffer::audit {

struct Log::Impl {
  Impl(Options o, store::MetaStore& meta, seal::DomainKeys& keys, Clock& clock, Random& random)
      : options(std::move(o)),
        meta(meta),
        keys(keys),
        random(random),
        writer(options, keys, clock, random),
        index(options.dir, keys),
        outbox(std::make_shared<Outbox>(meta, writer, options.drain_ms)) {}
  ~Impl() {
    outbox->close();
    reader.join();
  }

  Status open();
  Result<LogWriter::Tail> open_tail(const std::string& name);
  Status cut_torn_tail(FileReader& reader, const File& file, const std::string& name);
  void remember_event(ByteView payload);
  Status remember_file(const std::string& name);
  Bytes prepare(Event& event) const;  // fills the ID, bounds, encodes
  Task<Status> append(Bytes payload);
  Task<Status> recover_partition(store::Partition in);
  // Both read up to `tail`, on the reader's thread.
  Result<std::vector<Event>> find(const std::string& request_id, const LogWriter::Tail& tail) const;
  Result<uint64_t> verify(const LogWriter::Tail& tail,
                          const std::vector<Checkpoint>& against) const;
  Status verify_file(FileReader& file, const std::string& name, const LogWriter::Tail& expected,
                     const std::vector<Checkpoint>& against) const;
  Status verify_index(const std::string& name) const;
  Result<size_t> remove_before(UnixMs time_ms, uint64_t sequence);
  Result<FileReader> open_reader(const std::string& name, const LogWriter::Tail& tail) const;
  std::string path(const std::string& name) const { return options.dir + "/" + name; }

  const Options options;
  store::MetaStore& meta;
  seal::DomainKeys& keys;
  Random& random;
  LogWriter writer;
  LogIndex index;                  // the reader's thread alone
  std::shared_ptr<Outbox> outbox;  // shared with removals under way
  std::atomic<int64_t>& dropped = Counters::process().at("audit_records_dropped");
  WorkPool reader{1};
  // The events of the last files as the log was opened, against which recover looks: a row that a
  // crash left behind belongs to an event that was under way then. Empty after recover.
  std::unordered_set<std::string> recent;
};

Error damaged(const std::string& file, uint64_t offset, std::string_view why);

}  // namespace coffer::audit
