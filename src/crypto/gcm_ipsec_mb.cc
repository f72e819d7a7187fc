// AES-256-GCM by Intel's IPSec Multi-Buffer library. Source: its intel-ipsec-mb.h.
#include "crypto/gcm.h"

#ifdef COFFER_WITH_IPSEC_MB
#include <intel-ipsec-mb.h>

#include "crypto/openssl.h"
#endif

namespace coffer::crypto {

#ifdef COFFER_WITH_IPSEC_MB

namespace {

struct FreeManager {
  void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};

// The library's functions for this processor.
struct Functions {
  aes_gcm_pre_t expand = nullptr;
  aes_gcm_enc_dec_t seal = nullptr, open = nullptr;
};

Functions choose() {
  const std::unique_ptr<IMB_MGR, FreeManager> manager(alloc_mb_mgr(0));
  CHECK(manager != nullptr);
  if ((manager->features & IMB_FEATURE_AESNI) == 0) return {};
  init_mb_mgr_auto(manager.get(), nullptr);
  CHECK(imb_get_errno(manager.get()) == 0);
  return {manager->gcm256_pre, manager->gcm256_enc, manager->gcm256_dec};
}

const Functions& functions() {
  static const Functions chosen = choose();
  return chosen;
}

// ExpandedKey is this thread's key schedule: in locked memory, wiped after each message.
class ExpandedKey {
 public:
  explicit ExpandedKey(ByteView key) {
    CHECK(key.size() == 32);
    functions().expand(key.data(), data());
  }
  ~ExpandedKey() { wipe(data(), sizeof(gcm_key_data)); }
  ExpandedKey(const ExpandedKey&) = delete;
  ExpandedKey& operator=(const ExpandedKey&) = delete;

  gcm_key_data* data() { return data_; }

 private:
  static gcm_key_data* of_thread() {
    thread_local Secret memory(sizeof(gcm_key_data));
    void* at = write_key(memory).data();
    CHECK(reinterpret_cast<uintptr_t>(at) % alignof(gcm_key_data) == 0 &&
          reinterpret_cast<uintptr_t>(at) % 64 == 0);
    return static_cast<gcm_key_data*>(at);
  }
  gcm_key_data* data_ = of_thread();
};

void run(aes_gcm_enc_dec_t work, ByteView key, const Nonce& nonce, ByteView aad, ByteView in,
         char* out, uint8_t* tag) {
  ExpandedKey expanded(key);
  gcm_context_data context;
  // The library refuses null pointers, even to nothing.
  static constexpr char kNothing[1] = {};
  char nowhere[1];
  work(expanded.data(), &context, octets(MutableBytes(in.empty() ? nowhere : out, 1)),
       octets(in.empty() ? ByteView(kNothing, 1) : in), in.size(), nonce.data(),
       octets(aad.empty() ? ByteView(kNothing, 1) : aad), aad.size(), tag, kTagBytes);
  wipe(&context, sizeof(context));
}

void seal(ByteView key, const Nonce& nonce, ByteView aad, ByteView plaintext, char* out,
          char* tag) {
  run(functions().seal, key, nonce, aad, plaintext, out, reinterpret_cast<uint8_t*>(tag));
}

bool open(ByteView key, const Nonce& nonce, ByteView aad, ByteView ciphertext, ByteView tag,
          char* out) {
  uint8_t computed[kTagBytes];
  run(functions().open, key, nonce, aad, ciphertext, out, computed);
  return equal_ct(ByteView(reinterpret_cast<const char*>(computed), kTagBytes), tag);
}

constexpr Gcm kGcm{seal, open};

}  // namespace

const Gcm* ipsec_mb_gcm() { return functions().seal ? &kGcm : nullptr; }

#else

const Gcm* ipsec_mb_gcm() { return nullptr; }

#endif

}  // namespace coffer::crypto
