#pragma once
// DomainKeys are the keys that the rooms seal their rows with: one series a room, each in epochs.
// They lie in the store, wrapped by the root, and in memory, opened. Sealing and opening take no
// I/O and no lock but a pointer's copy; safe from any thread. docs/formats/sealed.md has the bytes.
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "seal/root.h"
#include "store/meta_store.h"

namespace coffer::seal {

enum class Series : uint8_t { kKms = 1, kIam = 2, kAudit = 3, kS3 = 4 };

class DomainKeys {
 public:
  // open reads the wrapped domain keys from partition "seal" and unwraps them; a new store's first
  // epochs are made where `create`. Errors: rows that the root cannot open (never a new key), rows
  // of a newer version.
  static Task<Result<std::unique_ptr<DomainKeys>>> open(store::MetaStore& meta, Root& root,
                                                        Random& random, bool create);
  ~DomainKeys();

  // seal_bytes seals under the series' current epoch, bound to `aad`; open_bytes opens what any
  // living epoch sealed. Error: InternalError, the row is damaged, of another place (aad), or of an
  // epoch that was closed.
  Bytes seal_bytes(Series series, ByteView aad, ByteView plaintext) const;
  Result<Bytes> open_bytes(Series series, ByteView aad, ByteView sealed) const;
  Bytes wrap(Series series, ByteView aad, const Secret& secret) const;
  Result<Secret> unwrap(Series series, ByteView aad, ByteView wrapped) const;
  // mac authenticates without hiding: epoch ‖ HMAC, 36 bytes. verify_mac compares in constant time.
  Bytes mac(Series series, ByteView data) const;
  bool verify_mac(Series series, ByteView data, ByteView mac) const;

  uint32_t epoch(Series series) const;  // the current one
  static uint32_t epoch_of(
      ByteView sealed);  // of sealed or wrapped bytes; 0 where they are no such
  bool has_epoch(Series series, uint32_t epoch) const;

  // The closing of an epoch, which makes deletions final: open_epoch begins a new one in the
  // series; the owner then re-wraps what must survive; close_epochs_before destroys the earlier
  // epochs' keys, with a rotation of the root, so that no copy of the store made before can be
  // opened by the root that is left. Each step is durable and may be repeated; open finishes what a
  // crash interrupted. One change at a time: a second one under way is ServiceUnavailable.
  Task<Status> open_epoch(Series series);
  Task<Status> close_epochs_before(Series series, uint32_t epoch);

  // rotate_root moves the domain keys to a new generation of the root and destroys the earlier
  // ones. The series' epochs stay.
  Task<Status> rotate_root();
  // has_rows tells whether the store was ever given domain keys: only where it was not may a root
  // be made.
  static Task<Result<bool>> has_rows(store::MetaStore& meta);
  // reset drops the rows and keys and makes first epochs anew; what was sealed before is lost. Test
  // mode.
  Task<Status> reset();

 private:
  DomainKeys(store::MetaStore& meta, Root& root, Random& random);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coffer::seal
