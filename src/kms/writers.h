#pragma once
// Writers counts the commits under way, so that the closing of an epoch can wait for those that
// sealed before it began.
#include <array>
#include <mutex>

namespace coffer::kms {

class Writers {
 public:
  class Guard {
   public:
    explicit Guard(Writers& of) : of_(&of) {
      std::lock_guard lock(of_->mutex_);
      phase_ = of_->phase_;
      ++of_->under_way_[phase_];
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      std::lock_guard lock(of_->mutex_);
      --of_->under_way_[phase_];
    }

   private:
    Writers* of_;
    size_t phase_ = 0;
  };

  // turn_over begins another phase; earlier() is the number of writers that began before it.
  void turn_over() {
    std::lock_guard lock(mutex_);
    phase_ ^= 1;
  }
  size_t earlier() {
    std::lock_guard lock(mutex_);
    return under_way_[phase_ ^ 1];
  }

 private:
  std::mutex mutex_;
  size_t phase_ = 0;
  std::array<size_t, 2> under_way_{};
};

}  // namespace coffer::kms
