#pragma once
// Gateway is this process in the eyes of the cluster and of its own directory: it alone holds the
// store, and whoever held it before can write no more. Everything here blocks.
#include <rados/librados.hpp>
#include <string>

#include "store/embedded/format_file.h"
#include "store/rados/aio.h"

namespace coffer::store::rados {

class Gateway {
 public:
  struct Options {
    std::string data_dir;  // empty: nothing is kept locally
    std::string where;     // the pool and the name, for sentences
    std::string new_id;    // of a store that is made; empty: drawn
  };
  Gateway(librados::Rados& cluster, Options options, Random& random);

  // open_dir takes DIR/LOCK and learns which store DIR belongs to.
  Status open_dir();
  // take holds the store in `io`, or makes it there; who held it before is shut out first.
  Status take(IoCtx io, Random& random);
  // renew answers whether the store is still held, as far as can be known.
  bool renew();
  // leave gives the store back. Where writes may be pending the next gateway shuts this one out.
  enum class End : uint8_t { kClean, kWritesPending, kLost };
  void leave(End end);
  const std::string& store_id() const { return format_.store_id; }

 private:
  int lock(bool renewal);
  Status await_lock();
  bool break_own_lock();
  Status shut_out_former();
  Result<std::optional<embedded::Format>> read_record();
  Status check(const std::optional<embedded::Format>& found) const;
  librados::Rados& cluster_;
  Options options_;
  IoCtx io_;
  std::string cookie_, former_cookie_;
  std::optional<embedded::DirLock> dir_lock_;
  std::optional<embedded::Format> bound_;  // DIR/FORMAT
  embedded::Format format_;
  bool taken_ = false;
};

}  // namespace coffer::store::rados
