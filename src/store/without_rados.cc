#include "store/store.h"

namespace coffer::store {

#ifndef COFFER_WITH_RADOS
Result<std::unique_ptr<Store>> open_rados(RadosOptions) {
  return Error{"StoreUnusable", "This build has no RADOS engine: librados was missing."};
}
#endif

}  // namespace coffer::store
