#pragma once
// aio awaits librados: an operation is begun on the caller's loop, and its completion is posted
// back there, so that no loop ever waits for the cluster.
#include <functional>
#include <rados/librados.hpp>

#include "base/bytes.h"
#include "base/result.h"
#include "store/embedded/resume.h"

namespace coffer::store::rados {

using librados::bufferlist;
using librados::IoCtx;

// Outcomes are librados's: 0 or a negative errno.
Task<int> write(IoCtx io, std::string object, std::shared_ptr<librados::ObjectWriteOperation> op);
// What the operation fills in lies in `keep`, which lives until the completion, whatever becomes of
// the caller.
Task<int> read(IoCtx io, std::string object, std::shared_ptr<librados::ObjectReadOperation> op,
               std::shared_ptr<void> keep);
Task<int> remove(IoCtx io, std::string object);

// write_then begins a write whose answer is `done`'s, on a thread of librados.
void write_then(IoCtx& io, const std::string& object, librados::ObjectWriteOperation& op,
                std::function<void(int)> done);
// read_then likewise.
void read_then(IoCtx& io, const std::string& object, librados::ObjectReadOperation& op,
               std::function<void(int)> done);

inline bufferlist list_of(ByteView bytes) {
  bufferlist out;
  out.append(bytes.data(), static_cast<unsigned>(bytes.size()));
  return out;
}
inline Bytes bytes_of(const bufferlist& list) {
  return list.length() == 0 ? Bytes() : Bytes(const_cast<bufferlist&>(list).c_str(), list.length());
}

// error_of_code is how a failed operation reads to a client; `what` goes to the log.
Error error_of_code(int code, std::string_view what);

}  // namespace coffer::store::rados
