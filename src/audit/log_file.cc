#include "audit/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/encoding.h"
#include "base/wire.h"
#include "crypto/checksum.h"
#include "crypto/digest.h"

namespace coffer::audit {
namespace {

constexpr std::string_view kMagic = "cofaudit";
constexpr uint16_t kVersion = 1;
constexpr size_t kReadBytes = 1 << 20;
constexpr size_t kNameDigits = 20;
constexpr std::string_view kSuffix = ".log";

struct Frame {
  uint32_t length = 0, checksum = 0;
  uint64_t synced = 0;
  Hash256 previous{};
};

Frame parse_frame(ByteView bytes) {
  Reader r(bytes);
  Frame f;
  f.length = r.u32();
  f.checksum = r.u32();
  f.synced = r.u64();
  f.previous = r.fixed<Hash256>();
  return f;
}

// The checksum covers what follows it, and the length by being where the length says that the
// record ends.
uint32_t checksum_of(ByteView record) {
  return crypto::crc32c(record.substr(8), crypto::crc32c(record.substr(0, 4)));
}

}  // namespace

Bytes encode_header(const FileHeader& header, const seal::DomainKeys& keys) {
  Writer w;
  w.raw(kMagic)
      .u16(kVersion)
      .raw(header.log.view())
      .u64(header.first_sequence)
      .raw(header.previous.view());
  w.u64(static_cast<uint64_t>(header.made_ms));
  const Bytes mac = keys.mac(seal::Series::kAudit, w.view());
  return w.raw(mac).take();
}

Result<FileHeader> decode_header(ByteView bytes, const seal::DomainKeys& keys) {
  Reader r(bytes);
  if (r.raw(kMagic.size()) != kMagic)
    return Error{"AuditLogDamaged", "the header is none of an audit log file"};
  if (const uint16_t version = r.u16(); version != kVersion)
    return Error{"AuditLogDamaged", fmt::format("the file is of version {}, this program reads {}",
                                                version, kVersion)};
  FileHeader header;
  header.log = r.fixed<Id128>();
  header.first_sequence = r.u64();
  header.previous = r.fixed<Hash256>();
  header.made_ms = static_cast<UnixMs>(r.u64());
  const ByteView mac = r.raw(kMacBytes);
  if (!r.done()) return Error{"AuditLogDamaged", "the header is cut off"};
  if (!keys.verify_mac(seal::Series::kAudit, bytes.substr(0, kFileHeaderBytes - kMacBytes), mac))
    return Error{"AuditLogDamaged", "the header's authentication does not hold"};
  return header;
}

void append_record(Bytes& out, Hash256& chain, uint64_t synced, ByteView payload) {
  CHECK(payload.size() <= kPayloadBytesMax);
  const size_t at = out.size();
  Bytes frame = Writer()
                    .u32(static_cast<uint32_t>(payload.size()))
                    .u32(0)
                    .u64(synced)
                    .raw(chain.view())
                    .take();
  out.append(frame).append(payload);
  const Bytes checksum = Writer().u32(checksum_of(ByteView(out).substr(at))).take();
  out.replace(at + 4, 4, checksum);
  chain = crypto::sha256(ByteView(out).substr(at));
}

std::string file_name(uint64_t first_sequence) {
  return fmt::format("{:020}{}", first_sequence, kSuffix);
}

Result<std::vector<std::string>> list_files(const std::string& dir) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator i(dir, error), end; !error && i != end;
       i.increment(error)) {
    std::string name = i->path().filename().string();
    if (name.size() == kNameDigits + kSuffix.size() && name.ends_with(kSuffix) &&
        name.find_first_not_of("0123456789") == kNameDigits)
      names.push_back(std::move(name));
  }
  if (error)
    return Error{"AuditLogDamaged",
                 fmt::format("the audit log's directory cannot be read: {}", error.message())};
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<uint64_t> parse_file_name(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  return parse_uint(name.substr(0, kNameDigits));
}

Result<Bytes> read_payload(const File& file, uint64_t offset) {
  const auto read = [&](uint64_t from, size_t bytes) -> Result<Bytes> {
    Bytes out(bytes, '\0');
    for (size_t got = 0; got < bytes;) {
      const ssize_t n =
          ::pread(file.fd(), out.data() + got, bytes - got, static_cast<off_t>(from + got));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return Error{"AuditLogDamaged", "a record cannot be read"};
      got += static_cast<size_t>(n);
    }
    return out;
  };
  TRY(Bytes bytes, read(offset, kFrameBytes));
  const Frame frame = parse_frame(bytes);
  if (frame.length > kPayloadBytesMax)
    return Error{"AuditLogDamaged", "a record's length is impossible"};
  TRY(const Bytes payload, read(offset + kFrameBytes, frame.length));
  bytes += payload;
  if (frame.checksum != checksum_of(bytes))
    return Error{"AuditLogDamaged", "a record's checksum is wrong"};
  return payload;
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

Result<FilePtr> open_file(const std::string& path, bool writable) {
  const int fd = ::open(path.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return Error{"AuditLogDamaged", fmt::format("{} cannot be opened: {}",
                                                std::filesystem::path(path).filename().string(),
                                                std::strerror(errno))};
  return std::make_shared<File>(fd);
}

uint64_t size_of(const File& file) {
  struct stat st{};
  return ::fstat(file.fd(), &st) == 0 ? static_cast<uint64_t>(st.st_size) : 0;
}

Result<FileReader> FileReader::open(FilePtr file, uint64_t end, const seal::DomainKeys& keys) {
  FileReader reader(std::move(file), end);
  if (end < kFileHeaderBytes) return Error{"AuditLogDamaged", "the header is cut off"};
  const ByteView bytes = reader.window(0, kFileHeaderBytes);
  if (bytes.empty()) return Error{"AuditLogDamaged", "the header cannot be read"};
  TRY(reader.header_, decode_header(bytes, keys));
  reader.chain_ = crypto::sha256(bytes);
  reader.sequence_ = reader.header_.first_sequence;
  return reader;
}

std::nullopt_t FileReader::stop(std::string_view why) {
  damage_ = why;
  return std::nullopt;
}

std::optional<Record> FileReader::next() {
  if (!damage_.empty() || offset_ == end_) return std::nullopt;
  if (end_ - offset_ < kFrameBytes) return stop("the record is cut off");
  ByteView bytes = window(offset_, kFrameBytes);
  if (bytes.empty()) return stop("the record cannot be read");
  const Frame frame = parse_frame(bytes);
  if (frame.length > kPayloadBytesMax) return stop("the record's length is impossible");
  const size_t size = kFrameBytes + frame.length;
  if (end_ - offset_ < size) return stop("the record is cut off");
  bytes = window(offset_, size);
  if (bytes.empty()) return stop("the record cannot be read");
  if (frame.checksum != checksum_of(bytes)) return stop("the record's checksum is wrong");
  if (frame.previous != chain_) return stop("the record does not follow the one before it");
  const Record out{offset_, bytes.substr(kFrameBytes)};
  chain_ = crypto::sha256(bytes);
  offset_ += size;
  ++sequence_;
  return out;
}

Result<uint64_t> FileReader::synced_after() {
  uint64_t synced = 0;
  for (uint64_t at = offset_ + 1; at + kFrameBytes <= end_; ++at) {
    const ByteView head = window(at, kFrameBytes);
    if (head.empty()) return Error{"AuditLogDamaged", "the file cannot be read"};
    const Frame frame = parse_frame(head);
    const uint64_t size = kFrameBytes + uint64_t{frame.length};
    if (frame.length == 0 || frame.length > kPayloadBytesMax || size > end_ - at) continue;
    const ByteView whole = window(at, size);
    if (whole.empty()) return Error{"AuditLogDamaged", "the file cannot be read"};
    if (frame.checksum != checksum_of(whole)) continue;
    synced = std::max(synced, frame.synced);
    at += size - 1;
  }
  return synced;
}

ByteView FileReader::window(uint64_t offset, size_t bytes) {
  if (offset >= buffer_at_ && offset + bytes <= buffer_at_ + buffer_.size())
    return ByteView(buffer_).substr(offset - buffer_at_, bytes);
  const size_t want =
      static_cast<size_t>(std::min<uint64_t>(std::max(bytes, kReadBytes), end_ - offset));
  buffer_.resize(want);
  buffer_at_ = offset;
  size_t got = 0;
  while (got < want) {
    const ssize_t n =
        ::pread(file_->fd(), buffer_.data() + got, want - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  buffer_.resize(got);
  if (got < bytes) return {};
  return ByteView(buffer_).substr(0, bytes);
}

}  // namespace coffer::audit
