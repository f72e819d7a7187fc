#pragma once
// One file of the log as bytes (docs/formats/audit.md): a header, then records chained by hash. A
// reader goes through a file from its beginning and says where it stops holding.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "seal/domain_keys.h"

namespace coffer::audit {

constexpr size_t kMacBytes = 36;
constexpr size_t kFileHeaderBytes = 8 + 2 + 16 + 8 + 32 + 8 + kMacBytes;
constexpr size_t kFrameBytes = 4 + 4 + 8 + 32;  // before a record's payload
constexpr size_t kPayloadBytesMax = 4 << 20;

struct FileHeader {
  Id128 log{};                  // drawn with the first file; the same in all
  uint64_t first_sequence = 1;  // of the file's first record; the log's very first record is 1
  Hash256 previous{};  // of the file before: its last record's hash, or its header's; zeros in the
                       // first file
  UnixMs made_ms = 0;
};
// encode_header ends with keys.mac(kAudit) over what is before it.
Bytes encode_header(const FileHeader& header, const seal::DomainKeys& keys);
// decode_header's error is a sentence without the file's name.
Result<FileHeader> decode_header(ByteView bytes, const seal::DomainKeys& keys);

// append_record frames `payload` onto `out`, chained to `chain`, which becomes the new record's
// hash. `synced`: how much of the file was known to be on the device.
void append_record(Bytes& out, Hash256& chain, uint64_t synced, ByteView payload);

std::string file_name(
    uint64_t first_sequence);  // 20 digits and .log: byte order is the log's order
std::optional<uint64_t> parse_file_name(std::string_view name);
Result<std::vector<std::string>> list_files(const std::string& dir);  // names, in order

// File owns a descriptor.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};
using FilePtr = std::shared_ptr<File>;
Result<FilePtr> open_file(const std::string& path, bool writable);

struct Record {
  uint64_t offset = 0;
  ByteView payload;  // until the next call
};

// FileReader reads records in order, up to `end`.
class FileReader {
 public:
  // open checks the header. Errors as decode_header's.
  static Result<FileReader> open(FilePtr file, uint64_t end, const seal::DomainKeys& keys);

  const FileHeader& header() const { return header_; }
  // extend moves the end on, where the file has grown.
  void extend(uint64_t end) { end_ = std::max(end_, end); }
  // next answers the next record, or nullopt: the end was reached, or a record does not hold
  // (damage() is not empty then).
  std::optional<Record> next();
  const std::string& damage() const { return damage_; }
  uint64_t offset() const { return offset_; }      // after the last good record
  const Hash256& chain() const { return chain_; }  // of the last good record, or of the header
  uint64_t sequence() const { return sequence_; }  // of the next record

  // synced_after answers the greatest `synced` that a sound record after the damage tells, 0 where
  // there is no such record.
  Result<uint64_t> synced_after();

 private:
  FileReader(FilePtr file, uint64_t end) : file_(std::move(file)), end_(end) {}
  ByteView window(uint64_t offset, size_t bytes);  // empty: a read failed
  std::nullopt_t stop(std::string_view why);

  FilePtr file_;
  uint64_t end_;
  FileHeader header_;
  uint64_t offset_ = kFileHeaderBytes;
  uint64_t sequence_ = 1;
  Hash256 chain_{};
  std::string damage_;
  Bytes buffer_;
  uint64_t buffer_at_ = 0;
};

uint64_t size_of(const File& file);

// read_payload reads the one record at `offset` by its own checksum; nothing is said of the chain.
Result<Bytes> read_payload(const File& file, uint64_t offset);

}  // namespace coffer::audit
