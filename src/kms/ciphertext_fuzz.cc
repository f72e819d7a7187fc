// Feeds arbitrary bytes to the parser and the opener of ciphertexts: none may crash, and none may
// open.
#include "crypto/system_random.h"
#include "kms/envelope.h"

using namespace coffer;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const kms::Key* key = [] {
    auto* k = new kms::Key;
    k->account = "111122223333";
    k->region = "us-east-1";
    k->id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    kms::Material m;
    m.id.fill(0x11);
    crypto::SystemRandom random;
    m.opened = std::make_shared<const Secret>(crypto::random_secret(random));
    k->materials.push_back(std::move(m));
    return k;
  }();
  const ByteView blob(reinterpret_cast<const char*>(data), size);
  (void)kms::parse_blob(blob);
  if (kms::open_blob(*key, {}, blob).ok()) __builtin_trap();
  return 0;
}
