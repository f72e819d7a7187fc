#pragma once
// Result carries a value or an Error; it is how every fallible function of every room answers.
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"

namespace coffer {

// ErrorDetail is one extra element of an error body, such as <BucketName> of NoSuchBucket.
struct ErrorDetail {
  std::string name, value;
};

// Error is a refusal in AWS's words. `code` is the AWS error code ("NoSuchKey"); `message` is what
// the client reads: no secret, no path, nothing about another account. Codes that begin with
// "Internal" are our faults and are logged.
struct [[nodiscard]] Error {
  std::string code;
  std::string message;
  std::vector<ErrorDetail> details = {};

  Error&& with(std::string name, std::string value) && {
    details.push_back({std::move(name), std::move(value)});
    return std::move(*this);
  }
};

// internal_error reports a broken invariant or a failing device. `what` goes to the log; the client
// reads AWS's sentence.
Error internal_error(std::string_view what);

struct Unit {};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() {
    CHECK(ok());
    return std::get<0>(v_);
  }
  const T& value() const {
    CHECK(ok());
    return std::get<0>(v_);
  }
  Error& error() {
    CHECK(!ok());
    return std::get<1>(v_);
  }
  const Error& error() const {
    CHECK(!ok());
    return std::get<1>(v_);
  }

 private:
  std::variant<T, Error> v_;
};

using Status = Result<Unit>;
inline Status ok_status() { return Status(Unit{}); }

// TRY(decl, expr) evaluates `expr`, returns its error, or initializes `decl` with its value. CO_TRY
// does so in a coroutine. TRY_OK and CO_TRY_OK are for a Status or a value that is not needed.
#define COFFER_CAT2(a, b) a##b
#define COFFER_CAT(a, b) COFFER_CAT2(a, b)
#define COFFER_TRY(tmp, ret, decl, ...)      \
  auto tmp = (__VA_ARGS__);                  \
  if (!tmp.ok()) ret std::move(tmp.error()); \
  decl = std::move(tmp.value())
#define TRY(decl, ...) COFFER_TRY(COFFER_CAT(try_, __COUNTER__), return, decl, __VA_ARGS__)
#define CO_TRY(decl, ...) COFFER_TRY(COFFER_CAT(try_, __COUNTER__), co_return, decl, __VA_ARGS__)
#define TRY_OK(...)                                                                              \
  do {                                                                                           \
    if (auto try_status = (__VA_ARGS__); !try_status.ok()) return std::move(try_status.error()); \
  } while (0)
#define CO_TRY_OK(...)                                             \
  do {                                                             \
    auto try_status = (__VA_ARGS__);                               \
    if (!try_status.ok()) co_return std::move(try_status.error()); \
  } while (0)

}  // namespace coffer
