// Whatever decodes has one encoding, and renders.
#include "audit/event.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const coffer::ByteView bytes(reinterpret_cast<const char*>(data), size);
  auto event = coffer::audit::decode_event(bytes);
  if (!event.ok()) return 0;
  CHECK(coffer::audit::encode_event(*event) == bytes);
  CHECK(coffer::audit::event_id_of(bytes) == event->event_id);
  CHECK(!coffer::audit::render_json(*event).empty());
  coffer::audit::bound_event(*event);
  return 0;
}
