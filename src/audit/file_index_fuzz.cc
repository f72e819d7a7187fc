// A stored index of any bytes answers, or says that it is damaged.
#include <sys/mman.h>
#include <unistd.h>

#include "audit/file_index.h"
#include "base/check.h"
#include "base/wire.h"
#include "crypto/checksum.h"

using namespace coffer;
using namespace coffer::audit;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kHeadBytes = 70;
  Bytes bytes(reinterpret_cast<const char*>(data), size);
  // A checksum that holds lets the rest of the header through.
  if (bytes.size() >= kHeadBytes + 4)
    bytes.replace(kHeadBytes, 4,
                  Writer().u32(crypto::crc32c(ByteView(bytes).substr(0, kHeadBytes))).take());
  auto file = std::make_shared<File>(::memfd_create("index", MFD_CLOEXEC));
  CHECK(::write(file->fd(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  Reader r(bytes);
  r.raw(10);
  FileHeader header;
  header.log = r.fixed<Id128>();
  header.first_sequence = r.u64();
  const uint64_t log_bytes = r.u64();
  const auto index = open_stored_index(file, header, log_bytes);
  if (!index) return 0;
  for (uint64_t key : {uint64_t{0}, uint64_t{1} << 63, index_key("a", Attribute::kAny, "")})
    if (auto found = index->find(key); found.ok())
      for (uint32_t ordinal : *found) (void)index->record(ordinal);
  return 0;
}
