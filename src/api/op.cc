#include "api/op.h"

namespace coffer::api {

#define OPERATION(service, Op) extern const OpEntry op_##service##_##Op;
#include "api/ops/operations.def"
#undef OPERATION

std::span<const OpEntry* const> operations() {
  static const OpEntry* const list[] = {
#define OPERATION(service, Op) &op_##service##_##Op,
#include "api/ops/operations.def"
#undef OPERATION
      nullptr};
  return {list, std::size(list) - 1};
}

}  // namespace coffer::api
