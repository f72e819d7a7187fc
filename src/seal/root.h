#pragma once
// Root is the root of trust: what an HSM, a vault, a passphrase or a key file does for us. It wraps
// the domain keys and nothing else. It has generations: a rotation adds one, and finishing it
// destroys the earlier ones for good.
#include <memory>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/task.h"

namespace coffer::seal {

class Root {
 public:
  virtual ~Root() = default;
  virtual std::string kind() const = 0;     // "key-file", "passphrase", later "pkcs11", "vault"
  virtual uint32_t generation() const = 0;  // the current one; grows by one
  // wrap seals `key` under the current generation, bound to `aad`. The answer names its generation.
  virtual Task<Result<Bytes>> wrap(Secret key, Bytes aad) = 0;
  virtual Task<Result<Secret>> unwrap(Bytes wrapped, Bytes aad) = 0;
  // begin_rotation makes the next generation current, keeping the earlier one readable; durable
  // when it answers. Idempotent until finish_rotation, which destroys every earlier generation:
  // what only they can open is closed for good.
  virtual Task<Status> begin_rotation() = 0;
  virtual Task<Status> finish_rotation() = 0;
  virtual bool rotating() const = 0;
};

// open_key_file opens the root kept in one file (mode 0600, owner ourselves; else refused), a
// generation a line. Where `create`, a missing file is made, once. docs/formats/root_key_file.md.
Result<std::unique_ptr<Root>> open_key_file(const std::string& path, bool create, Random& random,
                                            WorkPool& pool);
// open_passphrase: the generations lie in `path`, each wrapped by the passphrase (scrypt, N=2^17,
// r=8, p=1).
Result<std::unique_ptr<Root>> open_passphrase(const std::string& path, Secret passphrase,
                                              bool create, Random& random, WorkPool& pool);

}  // namespace coffer::seal
