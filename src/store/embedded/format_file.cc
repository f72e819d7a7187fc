#include "store/embedded/format_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/encoding.h"
#include "store/embedded/file_io.h"

namespace coffer::store::embedded {

constexpr std::string_view kWrittenBy = "coffer";
constexpr size_t kStoreIdDigits = 16;

static Error refuse(std::string sentence) { return {"StoreUnusable", std::move(sentence)}; }

Format make_format(Random& random, const std::string& id) {
  return {kFormatNumber, kFormatNumber, std::string(kWrittenBy),
          id.empty() ? hex(random.bytes(kStoreIdDigits / 2)) : id};
}

std::string encode(const Format& f, std::string_view kind) {
  return fmt::format("{} {}\nleast-reader {}\nwritten-by {}\nstore-id {}\n", kind, f.format,
                     f.least_reader, f.written_by, f.store_id);
}

// take_line answers the value of the next line, which must be "NAME VALUE\n".
static std::optional<std::string> take_line(std::string_view& text, std::string_view name) {
  size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (!line.starts_with(name) || line.size() <= name.size() + 1 || line[name.size()] != ' ')
    return std::nullopt;
  return std::string(line.substr(name.size() + 1));
}

std::optional<Format> decode_format(std::string_view text, std::string_view kind) {
  auto format = take_line(text, kind);
  auto least = take_line(text, "least-reader");
  auto by = take_line(text, "written-by");
  auto id = take_line(text, "store-id");
  if (!format || !least || !by || !id) return std::nullopt;
  auto number = parse_uint(*format);
  auto least_number = parse_uint(*least);
  if (!number || !least_number || *number == 0 || *least_number == 0 || *least_number > *number)
    return std::nullopt;
  // A newer writer may add lines; of our own format there are none.
  if (*number <= kFormatNumber && !text.empty()) return std::nullopt;
  if (id->size() != kStoreIdDigits || !unhex(*id) || lower(*id) != *id) return std::nullopt;
  return Format{*number, *least_number, *by, *id};
}

Status check_reader(const Format& format, std::string_view where) {
  if (format.least_reader <= kFormatNumber) return ok_status();
  return refuse(
      fmt::format("The store in {} was written by {} in format {}, which needs a reader of format "
                  "{} or later; this program reads format {}.",
                  where, format.written_by, format.format, format.least_reader, kFormatNumber));
}

static Error other_kind(const std::string& dir, std::string_view kind) {
  if (kind == kEmbeddedKind)
    return refuse(fmt::format(
        "The store of {} lies in a RADOS pool: give --store rados, --ceph-conf and --pool.", dir));
  return refuse(fmt::format("{} holds an embedded store: give --store embedded.", dir));
}

Result<std::optional<Format>> read_format(const std::string& dir, std::string_view kind) {
  const std::string path = dir + "/FORMAT";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::optional<Format>();
  auto text = read_file(path);
  if (!text) return refuse(fmt::format("{} cannot be read.", path));
  const std::string_view other = kind == kEmbeddedKind ? kRadosKind : kEmbeddedKind;
  auto format = decode_format(*text, kind);
  if (!format && decode_format(*text, other)) return other_kind(dir, kind);
  if (!format) return refuse(fmt::format("{} is damaged.", path));
  TRY_OK(check_reader(*format, dir));
  return format;
}

Status write_format(const std::string& dir, const Format& format, std::string_view kind) {
  const std::string path = dir + "/FORMAT";
  if (int e = write_file(path, encode(format, kind)))
    return refuse(fmt::format("{} cannot be written: {}.", path, errno_text(e)));
  return ok_status();
}

Result<Format> open_format(const std::string& dir, Random& random, const std::string& new_id) {
  TRY(auto format, read_format(dir, kEmbeddedKind));
  if (format) return std::move(*format);
  std::error_code ignored;
  if (std::filesystem::exists(dir + "/meta/CURRENT", ignored))
    return refuse(fmt::format("{} holds data but its FORMAT file is missing.", dir));
  Format fresh = make_format(random, new_id);
  TRY_OK(write_format(dir, fresh, kEmbeddedKind));
  return fresh;
}

Result<DirLock> DirLock::take(const std::string& dir) {
  std::string path = dir + "/LOCK";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return refuse(fmt::format("{} cannot be opened: {}.", path, errno_text(errno)));
  DirLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK)
    return refuse(fmt::format("The store in {} is in use by another process.", dir));
  return refuse(fmt::format("{} cannot be locked: {}.", path, errno_text(errno)));
}

DirLock::~DirLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace coffer::store::embedded
