#include "store/rados/aio.h"

#include <cstring>

#include "base/log.h"

namespace coffer::store::rados {

namespace {
using Done = std::function<void(int)>;

struct Call {
  librados::AioCompletion* completion = nullptr;
  Done done;
};

void completed(rados_completion_t, void* argument) {
  std::unique_ptr<Call> call(static_cast<Call*>(argument));
  int code = call->completion->get_return_value();
  call->completion->release();
  call->done(code);
}

Call* make_call(Done done) {
  auto* call = new Call{.done = std::move(done)};
  call->completion = librados::Rados::aio_create_completion(call, completed);
  return call;
}

// A call that was refused at once has no completion to come.
void refused(Call* call, int code) {
  std::unique_ptr<Call> owned(call);
  owned->completion->release();
  owned->done(code);
}

using Resume = std::shared_ptr<embedded::Resume<int>>;
}  // namespace

void write_then(IoCtx& io, const std::string& object, librados::ObjectWriteOperation& op,
                Done done) {
  Call* call = make_call(std::move(done));
  if (int code = io.aio_operate(object, call->completion, &op); code < 0) refused(call, code);
}

void read_then(IoCtx& io, const std::string& object, librados::ObjectReadOperation& op, Done done) {
  Call* call = make_call(std::move(done));
  if (int code = io.aio_operate(object, call->completion, &op, nullptr); code < 0)
    refused(call, code);
}

Task<int> write(IoCtx io, std::string object, std::shared_ptr<librados::ObjectWriteOperation> op) {
  co_return co_await embedded::suspend<int>([&](embedded::ResumePtr<int> resume) {
    Resume shared(std::move(resume));
    write_then(io, object, *op, [shared, op](int code) { shared->with(code); });
  });
}

Task<int> read(IoCtx io, std::string object, std::shared_ptr<librados::ObjectReadOperation> op,
               std::shared_ptr<void> keep) {
  co_return co_await embedded::suspend<int>([&](embedded::ResumePtr<int> resume) {
    Resume shared(std::move(resume));
    read_then(io, object, *op, [shared, op, keep](int code) { shared->with(code); });
  });
}

Task<int> remove(IoCtx io, std::string object) {
  auto op = std::make_shared<librados::ObjectWriteOperation>();
  op->remove();
  co_return co_await write(io, object, op);
}

Error error_of_code(int code, std::string_view what) {
  log::warn("rados", {{"what", std::string(what)}, {"error", std::strerror(-code)}});
  if (code == -ENOSPC || code == -EDQUOT || code == -ETIMEDOUT || code == -EAGAIN)
    return {"ServiceUnavailable", "The service is unable to handle the request. Please try again."};
  return internal_error(what);
}

}  // namespace coffer::store::rados
