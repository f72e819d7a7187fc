// Whatever decodes has one encoding; whatever is a public key comes out of what held it.
#include "audit/trail.h"
#include "audit/trail_keys.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const coffer::ByteView bytes(reinterpret_cast<const char*>(data), size);
  if (auto key = coffer::audit::pkcs1_of(bytes)) CHECK(bytes.find(*key) != bytes.npos);
  auto trail = coffer::audit::decode_trail(bytes);
  if (!trail.ok()) return 0;
  auto again = coffer::audit::decode_trail(coffer::audit::encode_trail(*trail));
  CHECK(again.ok());
  coffer::audit::Event event;
  (void)trail->takes(event);
  (void)coffer::audit::check_selectors(trail->config.selectors);
  return 0;
}
