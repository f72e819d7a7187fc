#pragma once
// FileIndex finds the records of one log file by account, attribute and value. It is derived from
// the log and may be thrown away; docs/formats/audit.md has the bytes of a stored one. What it
// finds are candidates: a 64-bit hash stands for the value, and who reads the record looks again.
#include <memory>
#include <unordered_map>
#include <vector>

#include "audit/attributes.h"
#include "audit/log_file.h"

namespace coffer::audit {

// index_key stands for an attribute's value in an account.
uint64_t index_key(std::string_view account, Attribute attribute, std::string_view value);

struct IndexedRecord {
  uint64_t offset = 0;  // in the log file
  UnixMs time_ms = 0;
};

class FileIndex {
 public:
  virtual ~FileIndex() = default;
  virtual size_t records() const = 0;
  virtual UnixMs least_ms() const = 0;  // of the records' times
  virtual UnixMs greatest_ms() const = 0;
  // find answers ordinals within the file, ascending.
  virtual Result<std::vector<uint32_t>> find(uint64_t key) const = 0;
  virtual Result<IndexedRecord> record(uint32_t ordinal) const = 0;
};

// MemoryIndex is of a file that still grows.
class MemoryIndex final : public FileIndex {
 public:
  void add(uint64_t offset, const Event& event);  // in the file's order
  // add_unreadable keeps the ordinals right where a record is of a format that is not known.
  void add_unreadable(uint64_t offset);
  size_t records() const override { return records_.size(); }
  UnixMs least_ms() const override { return least_; }
  UnixMs greatest_ms() const override { return greatest_; }
  Result<std::vector<uint32_t>> find(uint64_t key) const override;
  Result<IndexedRecord> record(uint32_t ordinal) const override;

  // encode is the file of a stored index, of the log file with this header and size.
  Bytes encode(const FileHeader& header, uint64_t log_bytes) const;

 private:
  std::vector<IndexedRecord> records_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> postings_;
  UnixMs least_ = INT64_MAX, greatest_ = 0;
};

// open_stored_index answers null where the file is none of the log file with this header and size:
// it is made anew then. Reads come from the file: little of it is ever in memory.
std::unique_ptr<FileIndex> open_stored_index(FilePtr file, const FileHeader& header,
                                             uint64_t log_bytes);

std::string index_name(const std::string& log_name);  // N.log -> N.idx

}  // namespace coffer::audit
