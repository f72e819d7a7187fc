#pragma once
// FileRoot is a root whose generations lie in one file. How they are written there is its
// GenerationCoding: in clear (root_key_file.cc) or under a passphrase (root_passphrase.cc).
#include <map>
#include <memory>

#include "seal/root.h"

namespace coffer::seal {

using Generations = std::map<uint32_t, Secret>;  // never empty; the last one is current

class GenerationCoding {
 public:
  virtual ~GenerationCoding() = default;
  virtual std::string kind() const = 0;
  virtual Secret encode(const Generations& generations, Random& random) = 0;  // the file's content
  virtual Result<Generations> decode(const Secret& content) = 0;
  // prepare is called before the first encode of a new file.
  virtual Status prepare(Random& random) { return ok_status(); }
};

Result<std::unique_ptr<Root>> open_file_root(const std::string& path,
                                             std::unique_ptr<GenerationCoding> coding, bool create,
                                             Random& random, WorkPool& pool);

// The lines that both files share. root_line is `GENERATION SPACE TEXT SPACE CHECKSUM`;
// parse_root_line answers generation and text where the checksum holds.
constexpr size_t kRootKeyBytes = 32;
std::string root_line(uint32_t generation, std::string_view text);
struct RootLine {
  uint32_t generation;
  std::string_view text;
};
std::optional<RootLine> parse_root_line(std::string_view line);
// split_lines answers the lines after `magic`, without their ends. Errors: another magic, another
// version, no final newline.
Result<std::vector<std::string_view>> split_lines(std::string_view content, std::string_view magic,
                                                  unsigned version);
Error damaged_root(std::string_view why);

}  // namespace coffer::seal
