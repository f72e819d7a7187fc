#pragma once
// Gcm is one implementation of AES-256-GCM with 96-bit nonces and 128-bit tags, a whole message at
// a time. There are two: Intel's IPSec Multi-Buffer library, several times as fast where the
// processor has wide AES instructions, and OpenSSL. Both answer the same bytes. Private to aead.cc
// and tests. Threads: any.
#include "crypto/aead.h"

namespace coffer::crypto {

struct Gcm {
  // seal writes plaintext.size() bytes to `out`, which may be the plaintext's own memory, and 16 to
  // `tag`. `key`: 32 bytes; no copy of it, and nothing made of it, is left behind.
  void (*seal)(ByteView key, const Nonce& nonce, ByteView aad, ByteView plaintext, char* out,
               char* tag);
  // open answers whether the tag (16 bytes) is right, in constant time. Where it is not, what `out`
  // holds is the caller's to wipe.
  bool (*open)(ByteView key, const Nonce& nonce, ByteView aad, ByteView ciphertext, ByteView tag,
               char* out);
};

const Gcm& openssl_gcm();
const Gcm* ipsec_mb_gcm();  // null: not in this build, or the processor has no AES instructions

}  // namespace coffer::crypto
