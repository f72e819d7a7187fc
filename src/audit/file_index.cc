#include "audit/file_index.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/wire.h"
#include "crypto/checksum.h"
#include "crypto/digest.h"

namespace coffer::audit {
namespace {

constexpr std::string_view kMagic = "cofauidx";
constexpr uint16_t kVersion = 1;
constexpr size_t kHeaderBytes = 8 + 2 + 16 + 8 + 8 + 4 + 4 + 4 + 8 + 8 + 4;
constexpr size_t kRecordBytes = 4 + 8;
constexpr size_t kKeyBytes = 8 + 4 + 4;
constexpr size_t kPostingBytes = 4;

Error damaged_index() { return Error{"AuditLogDamaged", "an index of the audit log is damaged"}; }

struct Counts {
  uint32_t records = 0, keys = 0, postings = 0;
  uint64_t keys_at() const { return kHeaderBytes + uint64_t{records} * kRecordBytes; }
  uint64_t postings_at() const { return keys_at() + uint64_t{keys} * kKeyBytes; }
  uint64_t end() const { return postings_at() + uint64_t{postings} * kPostingBytes; }
};

class StoredIndex final : public FileIndex {
 public:
  StoredIndex(FilePtr file, Counts counts, UnixMs least, UnixMs greatest)
      : file_(std::move(file)), counts_(counts), least_(least), greatest_(greatest) {}
  size_t records() const override { return counts_.records; }
  UnixMs least_ms() const override { return least_; }
  UnixMs greatest_ms() const override { return greatest_; }

  Result<std::vector<uint32_t>> find(uint64_t key) const override {
    std::vector<uint32_t> out;
    for (uint32_t low = 0, high = counts_.keys; low < high;) {
      const uint32_t middle = low + (high - low) / 2;
      TRY(const Bytes bytes, read(counts_.keys_at() + uint64_t{middle} * kKeyBytes, kKeyBytes));
      Reader r(bytes);
      const uint64_t here = r.u64();
      if (here < key) {
        low = middle + 1;
      } else if (here > key) {
        high = middle;
      } else {
        const uint32_t first = r.u32(), count = r.u32();
        return postings(first, count);
      }
    }
    return out;
  }

  Result<IndexedRecord> record(uint32_t ordinal) const override {
    if (ordinal >= counts_.records) return damaged_index();
    TRY(const Bytes bytes, read(kHeaderBytes + uint64_t{ordinal} * kRecordBytes, kRecordBytes));
    Reader r(bytes);
    const uint32_t offset = r.u32();
    return IndexedRecord{offset, static_cast<UnixMs>(r.u64())};
  }

 private:
  Result<std::vector<uint32_t>> postings(uint32_t first, uint32_t count) const {
    if (uint64_t{first} + count > counts_.postings) return damaged_index();
    TRY(const Bytes bytes, read(counts_.postings_at() + uint64_t{first} * kPostingBytes,
                                size_t{count} * kPostingBytes));
    Reader r(bytes);
    std::vector<uint32_t> out(count);
    for (uint32_t& ordinal : out) ordinal = r.u32();
    return out;
  }
  Result<Bytes> read(uint64_t offset, size_t bytes) const {
    Bytes out(bytes, '\0');
    for (size_t got = 0; got < bytes;) {
      const ssize_t n =
          ::pread(file_->fd(), out.data() + got, bytes - got, static_cast<off_t>(offset + got));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return damaged_index();
      got += static_cast<size_t>(n);
    }
    return out;
  }

  FilePtr file_;
  Counts counts_;
  UnixMs least_, greatest_;
};

}  // namespace

uint64_t index_key(std::string_view account, Attribute attribute, std::string_view value) {
  Writer w(account.size() + value.size() + 8);
  w.bytes(account).u8(static_cast<uint8_t>(attribute)).raw(value);
  return Reader(crypto::sha256(w.view()).view()).u64();
}

void MemoryIndex::add(uint64_t offset, const Event& event) {
  const auto ordinal = static_cast<uint32_t>(records_.size());
  records_.push_back({offset, event.time_ms});
  least_ = std::min(least_, event.time_ms);
  greatest_ = std::max(greatest_, event.time_ms);
  if (event.recipient_account.empty()) return;  // nobody's: a stranger's, or of the program itself
  for_each_value(event, [&](Attribute attribute, std::string_view value) {
    auto& list = postings_[index_key(event.recipient_account, attribute, value)];
    if (list.empty() || list.back() != ordinal) list.push_back(ordinal);
  });
}

void MemoryIndex::add_unreadable(uint64_t offset) { records_.push_back({offset, greatest_}); }

Result<std::vector<uint32_t>> MemoryIndex::find(uint64_t key) const {
  auto found = postings_.find(key);
  return found == postings_.end() ? std::vector<uint32_t>() : found->second;
}

Result<IndexedRecord> MemoryIndex::record(uint32_t ordinal) const {
  if (ordinal >= records_.size()) return damaged_index();
  return records_[ordinal];
}

Bytes MemoryIndex::encode(const FileHeader& header, uint64_t log_bytes) const {
  std::vector<uint64_t> keys;
  Counts counts{.records = static_cast<uint32_t>(records_.size())};
  for (const auto& [key, list] : postings_) {
    keys.push_back(key);
    counts.postings += static_cast<uint32_t>(list.size());
  }
  counts.keys = static_cast<uint32_t>(keys.size());
  std::sort(keys.begin(), keys.end());
  Writer w(counts.end());
  w.raw(kMagic).u16(kVersion).raw(header.log.view()).u64(header.first_sequence).u64(log_bytes);
  w.u32(counts.records).u32(counts.keys).u32(counts.postings);
  w.u64(static_cast<uint64_t>(records_.empty() ? 0 : least_)).u64(static_cast<uint64_t>(greatest_));
  w.u32(crypto::crc32c(w.view()));
  for (const IndexedRecord& record : records_)
    w.u32(static_cast<uint32_t>(record.offset)).u64(static_cast<uint64_t>(record.time_ms));
  uint32_t first = 0;
  for (const uint64_t key : keys) {
    const auto count = static_cast<uint32_t>(postings_.at(key).size());
    w.u64(key).u32(first).u32(count);
    first += count;
  }
  for (const uint64_t key : keys)
    for (const uint32_t ordinal : postings_.at(key)) w.u32(ordinal);
  return w.take();
}

std::unique_ptr<FileIndex> open_stored_index(FilePtr file, const FileHeader& header,
                                             uint64_t log_bytes) {
  Bytes head(kHeaderBytes, '\0');
  if (::pread(file->fd(), head.data(), head.size(), 0) != static_cast<ssize_t>(head.size()))
    return nullptr;
  Reader r(head);
  if (r.raw(kMagic.size()) != kMagic || r.u16() != kVersion) return nullptr;
  if (r.fixed<Id128>() != header.log || r.u64() != header.first_sequence || r.u64() != log_bytes)
    return nullptr;
  Counts counts;
  counts.records = r.u32();
  counts.keys = r.u32();
  counts.postings = r.u32();
  const auto least = static_cast<UnixMs>(r.u64()), greatest = static_cast<UnixMs>(r.u64());
  if (r.u32() != crypto::crc32c(ByteView(head).substr(0, kHeaderBytes - 4))) return nullptr;
  if (size_of(*file) != counts.end()) return nullptr;
  return std::make_unique<StoredIndex>(std::move(file), counts, least, greatest);
}

std::string index_name(const std::string& log_name) {
  return log_name.substr(0, log_name.rfind('.')) + ".idx";
}

}  // namespace coffer::audit
