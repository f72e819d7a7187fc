#pragma once
// InBuffer holds what a connection has received and not yet used. It grows up to a bound and is
// given back when large and empty.
#include <cstring>
#include <memory>

#include "base/bytes.h"

namespace coffer::net {

class InBuffer {
 public:
  explicit InBuffer(size_t bytes_max) : bytes_max_(bytes_max) {}

  ByteView view() const { return {data_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }
  void consume(size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // room answers free space behind the held bytes, as much as there is; empty where the bound is
  // reached.
  MutableBytes room() {
    if (end_ == capacity_) make_room();
    return {data_.get() + end_, capacity_ - end_};
  }
  void commit(size_t n) { end_ += n; }
  void shrink() {
    if (!empty() || capacity_ <= kKeptBytesMax) return;
    data_.reset();
    capacity_ = 0;
  }

 private:
  static constexpr size_t kFirstBytes = 4096;
  static constexpr size_t kKeptBytesMax = 16 * 1024;

  void make_room() {
    if (begin_ > 0) {
      std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
      return;
    }
    size_t larger = std::min(bytes_max_, capacity_ == 0 ? kFirstBytes : capacity_ * 2);
    if (larger == capacity_) return;
    std::unique_ptr<char[]> data(new char[larger]);
    if (end_ > 0) std::memcpy(data.get(), data_.get(), end_);
    data_ = std::move(data);
    capacity_ = larger;
  }

  size_t bytes_max_;
  std::unique_ptr<char[]> data_;
  size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

}  // namespace coffer::net
