#include "base/encoding.h"
#include "seal/file_root.h"
#include "seal/secret_access.h"

namespace coffer::seal {
namespace {

constexpr std::string_view kMagic = "coffer root key";
constexpr unsigned kVersion = 1;
constexpr size_t kLineBytes = 80;

// ClearCoding writes the generations in clear: the file's permissions are their protection.
class ClearCoding : public GenerationCoding {
 public:
  std::string kind() const override { return "key-file"; }

  Secret encode(const Generations& generations, Random&) override {
    std::string text = fmt::format("{} {}\n", kMagic, kVersion);
    text.reserve(text.size() +
                 generations.size() * kLineBytes);  // a string that grew would leave copies behind
    for (const auto& [generation, key] : generations) {
      std::string coded = base64(key.reveal(SealAccess::get()));
      std::string line = root_line(generation, coded);
      text += line;
      wipe(coded);
      wipe(line);
    }
    Secret out = Secret::copy_of(text);
    wipe(text);
    return out;
  }

  Result<Generations> decode(const Secret& content) override {
    TRY(auto lines, split_lines(content.reveal(SealAccess::get()), kMagic, kVersion));
    Generations out;
    for (std::string_view text : lines) {
      auto line = parse_root_line(text);
      if (!line) return damaged_root("a line's checksum is wrong");
      auto key = unbase64(line->text);
      if (!key || key->size() != kRootKeyBytes) return damaged_root("a line holds no key");
      if (!out.empty() && line->generation <= out.rbegin()->first)
        return damaged_root("its lines are out of order");
      out.emplace(line->generation, Secret::copy_of(*key));
      wipe(*key);
    }
    if (out.empty()) return damaged_root("it holds no key");
    return out;
  }
};

}  // namespace

Result<std::unique_ptr<Root>> open_key_file(const std::string& path, bool create, Random& random,
                                            WorkPool& pool) {
  return open_file_root(path, std::make_unique<ClearCoding>(), create, random, pool);
}

}  // namespace coffer::seal
