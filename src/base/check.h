#pragma once
// CHECK holds our own invariants, also in release builds. What a client, a disk or a peer can cause
// is a Result instead.

namespace coffer {
[[noreturn]] void check_failed(const char* file, int line, const char* condition);
}

#define CHECK(condition)                                      \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::coffer::check_failed(__FILE__, __LINE__, #condition); \
  } while (0)
