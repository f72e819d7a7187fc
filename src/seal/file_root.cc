#include "seal/file_root.h"

#include <mutex>

#include "base/encoding.h"
#include "base/log.h"
#include "base/wire.h"
#include "crypto/aead.h"
#include "crypto/checksum.h"
#include "crypto/system_random.h"
#include "seal/secret_file.h"

namespace coffer::seal {
namespace {

constexpr uint8_t kWrapVersion = 1;
constexpr std::string_view kWrapLabel = "coffer root";
constexpr size_t kHeaderBytes = 5;

Bytes header_of(uint32_t generation) { return Writer().u8(kWrapVersion).u32(generation).take(); }

class FileRoot : public Root {
 public:
  FileRoot(std::string path, std::unique_ptr<GenerationCoding> coding, Generations generations,
           Random& random, WorkPool& pool)
      : path_(std::move(path)),
        coding_(std::move(coding)),
        generations_(std::move(generations)),
        random_(random),
        pool_(pool) {}

  std::string kind() const override { return coding_->kind(); }
  uint32_t generation() const override {
    std::lock_guard lock(mutex_);
    return generations_.rbegin()->first;
  }
  bool rotating() const override {
    std::lock_guard lock(mutex_);
    return generations_.size() > 1;
  }

  Task<Result<Bytes>> wrap(Secret key, Bytes aad) override {
    std::lock_guard lock(mutex_);
    const auto& [generation, root] = *generations_.rbegin();
    Bytes out = header_of(generation);
    out += crypto::wrap_secret(root, kWrapLabel, out + aad, key, random_);
    co_return out;
  }

  Task<Result<Secret>> unwrap(Bytes wrapped, Bytes aad) override {
    Reader r(wrapped);
    const uint8_t version = r.u8();
    const uint32_t generation = r.u32();
    if (!r.ok() || version != kWrapVersion)
      co_return Error{"RootKeyRefused", "a wrapped key has an unknown form"};
    std::lock_guard lock(mutex_);
    auto root = generations_.find(generation);
    if (root == generations_.end())
      co_return Error{"RootKeyRefused",
                      fmt::format("generation {} of the root key is not in {}", generation, path_)};
    auto key = crypto::unwrap_secret(root->second, kWrapLabel, header_of(generation) + aad,
                                     ByteView(wrapped).substr(kHeaderBytes));
    if (!key)
      co_return Error{"RootKeyRefused", fmt::format("the root key in {} is another one", path_)};
    co_return std::move(*key);
  }

  Task<Status> begin_rotation() override {
    co_return co_await offload(pool_, [this] { return add_generation(); });
  }
  Task<Status> finish_rotation() override {
    co_return co_await offload(pool_, [this] { return drop_former(); });
  }

 private:
  Generations copy() const {
    std::lock_guard lock(mutex_);
    Generations out;
    for (const auto& [generation, key] : generations_) out.emplace(generation, key.clone());
    return out;
  }

  // What the file holds becomes current only once it is durable there.
  Status keep(Generations next) {
    TRY_OK(replace_secret_file(path_, coding_->encode(next, random_)));
    std::lock_guard lock(mutex_);
    generations_ = std::move(next);
    return ok_status();
  }

  Status add_generation() {
    std::lock_guard lock(file_mutex_);
    Generations next = copy();
    if (next.size() > 1) return ok_status();
    next.emplace(next.rbegin()->first + 1, crypto::random_secret(random_, kRootKeyBytes));
    return keep(std::move(next));
  }

  Status drop_former() {
    std::lock_guard lock(file_mutex_);
    Generations next = copy();
    if (next.size() == 1) return ok_status();
    next.erase(next.begin(), std::prev(next.end()));
    return keep(std::move(next));
  }

  const std::string path_;
  const std::unique_ptr<GenerationCoding> coding_;
  std::mutex file_mutex_;     // one rewriting at a time
  mutable std::mutex mutex_;  // generations_
  Generations generations_;
  Random& random_;
  WorkPool& pool_;
};

Status make_root(const std::string& path, GenerationCoding& coding, Random& random) {
  TRY_OK(coding.prepare(random));
  Generations first;
  first.emplace(1, crypto::random_secret(random, kRootKeyBytes));
  TRY_OK(make_secret_file(path, coding.encode(first, random)));
  log::warn(
      "root_key_made",
      {{"kind", coding.kind()},
       {"path", path},
       {"hint", "keep a copy apart from the data: without it nothing that is stored can be read"}});
  return ok_status();
}

}  // namespace

Result<std::unique_ptr<Root>> open_file_root(const std::string& path,
                                             std::unique_ptr<GenerationCoding> coding, bool create,
                                             Random& random, WorkPool& pool) {
  auto content = read_secret_file(path);
  if (!content.ok() && content.error().code == "RootKeyMissing" && create) {
    TRY_OK(make_root(path, *coding, random));
    content = read_secret_file(path);
  }
  if (!content.ok()) return std::move(content.error());
  auto generations = coding->decode(*content);
  if (!generations.ok()) {
    generations.error().message = fmt::format("{} ({})", generations.error().message, path);
    return std::move(generations.error());
  }
  TRY_OK(clear_leftovers(path));
  return std::unique_ptr<Root>(
      std::make_unique<FileRoot>(path, std::move(coding), std::move(*generations), random, pool));
}

std::string root_line(uint32_t generation, std::string_view text) {
  std::string line;
  line.reserve(text.size() + 32);
  fmt::format_to(std::back_inserter(line), "{} ", generation);
  line.append(text);
  const uint32_t checksum = crypto::crc32c(line);
  fmt::format_to(std::back_inserter(line), " {:08x}\n", checksum);
  return line;
}

std::optional<RootLine> parse_root_line(std::string_view line) {
  const size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  auto generation = parse_uint(line.substr(0, first));
  if (!generation || *generation == 0 || *generation >= UINT32_MAX) return std::nullopt;
  if (line.substr(last + 1) != fmt::format("{:08x}", crypto::crc32c(line.substr(0, last))))
    return std::nullopt;
  return RootLine{static_cast<uint32_t>(*generation), line.substr(first + 1, last - first - 1)};
}

Result<std::vector<std::string_view>> split_lines(std::string_view content, std::string_view magic,
                                                  unsigned version) {
  if (content.empty() || content.back() != '\n') return damaged_root("its last line is cut off");
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < content.size();) {
    const size_t end = content.find('\n', at);
    lines.push_back(content.substr(at, end - at));
    at = end + 1;
  }
  std::string_view head = lines.front();
  if (!head.starts_with(magic) || head.substr(magic.size(), 1) != " ")
    return damaged_root("it is no such file");
  auto found = parse_uint(head.substr(magic.size() + 1));
  if (!found) return damaged_root("it is no such file");
  if (*found != version)
    return Error{
        "RootKeyRefused",
        fmt::format("the root key file is of version {}, this program reads {}", *found, version)};
  lines.erase(lines.begin());
  return lines;
}

Error damaged_root(std::string_view why) {
  return Error{"RootKeyRefused", fmt::format("the root key file is damaged: {}", why)};
}

}  // namespace coffer::seal
