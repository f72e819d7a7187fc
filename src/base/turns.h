#pragma once
// Turns let coroutines take turns by name: changes of one record run one after the other, in the
// order they came, without a thread waiting. Safe from any thread; whoever waits resumes on the
// executor it came from.
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/task.h"

namespace coffer {

class Turns {
 public:
  // Turn is held until it is destroyed; then the next in line has it.
  class Turn {
   public:
    Turn(Turns& of, std::string name) : of_(&of), name_(std::move(name)) {}
    Turn(Turn&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), name_(std::move(other.name_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (of_) of_->pass_on(name_);
    }

   private:
    Turns* of_;
    std::string name_;
  };

  Task<Turn> take(std::string name);

 private:
  using Resume = std::function<void()>;
  void enter(const std::string& name, Resume resume);
  void pass_on(const std::string& name);
  std::mutex mutex_;
  std::map<std::string, std::deque<Resume>> waiting_;  // a name that is here has its turn taken
};

}  // namespace coffer
