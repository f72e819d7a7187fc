#include "base/encoding.h"
#include "crypto/aead.h"
#include "crypto/passphrase.h"
#include "seal/file_root.h"
#include "seal/secret_access.h"

namespace coffer::seal {
namespace {

constexpr std::string_view kMagic = "coffer passphrase root";
constexpr unsigned kVersion = 1;
constexpr std::string_view kLabel = "coffer passphrase root";
constexpr unsigned kLog2N = 17, kLog2NMin = 14, kLog2NMax = 20;
constexpr size_t kSaltBytes = 16;

std::string stretch_line(unsigned log2_n, ByteView salt) {
  return fmt::format("scrypt {} 8 1 {}", log2_n, base64(salt));
}

struct Stretch {
  unsigned log2_n;
  Bytes salt;
};

std::optional<Stretch> parse_stretch(std::string_view line) {
  const size_t last = line.rfind(' ');
  if (last == std::string_view::npos) return std::nullopt;
  auto salt = unbase64(line.substr(last + 1));
  if (!salt || salt->size() != kSaltBytes) return std::nullopt;
  for (unsigned n = kLog2NMin; n <= kLog2NMax; ++n)
    if (line == stretch_line(n, *salt)) return Stretch{n, *salt};
  return std::nullopt;
}

// PassphraseCoding writes the generations wrapped under the stretched passphrase.
class PassphraseCoding : public GenerationCoding {
 public:
  explicit PassphraseCoding(Secret passphrase) : passphrase_(std::move(passphrase)) {}

  std::string kind() const override { return "passphrase"; }

  Status prepare(Random& random) override { return stretch({kLog2N, random.bytes(kSaltBytes)}); }

  Secret encode(const Generations& generations, Random& random) override {
    CHECK(!key_.empty());
    std::string text = fmt::format("{} {}\n{}\n", kMagic, kVersion, line_);
    for (const auto& [generation, key] : generations)
      text += root_line(generation,
                        base64(crypto::wrap_secret(key_, kLabel, aad(generation), key, random)));
    return Secret::copy_of(text);
  }

  Result<Generations> decode(const Secret& content) override {
    TRY(auto lines, split_lines(content.reveal(SealAccess::get()), kMagic, kVersion));
    if (lines.size() < 2) return damaged_root("it holds no key");
    auto how = parse_stretch(lines.front());
    if (!how) return damaged_root("its scrypt line is wrong");
    if (line_ != lines.front()) TRY_OK(stretch(*how));
    Generations out;
    for (size_t i = 1; i < lines.size(); ++i) {
      auto line = parse_root_line(lines[i]);
      if (!line) return damaged_root("a line's checksum is wrong");
      auto wrapped = unbase64(line->text);
      if (!wrapped) return damaged_root("a line holds no key");
      if (!out.empty() && line->generation <= out.rbegin()->first)
        return damaged_root("its lines are out of order");
      auto key = crypto::unwrap_secret(key_, kLabel, aad(line->generation), *wrapped);
      if (!key || key->size() != kRootKeyBytes)
        return Error{"RootKeyRefused", "the passphrase does not open the root key file"};
      out.emplace(line->generation, std::move(*key));
    }
    return out;
  }

 private:
  Bytes aad(uint32_t generation) const { return fmt::format("{}\n{}", line_, generation); }

  Status stretch(Stretch how) {
    TRY(key_, crypto::stretch_passphrase(passphrase_, how.salt, how.log2_n));
    line_ = stretch_line(how.log2_n, how.salt);
    return ok_status();
  }

  Secret passphrase_;
  Secret key_;
  std::string line_;  // the file's scrypt line, which key_ was stretched by
};

}  // namespace

Result<std::unique_ptr<Root>> open_passphrase(const std::string& path, Secret passphrase,
                                              bool create, Random& random, WorkPool& pool) {
  if (passphrase.empty()) return Error{"RootKeyRefused", "the passphrase is empty"};
  return open_file_root(path, std::make_unique<PassphraseCoding>(std::move(passphrase)), create,
                        random, pool);
}

}  // namespace coffer::seal
