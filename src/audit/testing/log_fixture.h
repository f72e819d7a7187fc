#pragma once
// What the tests of the log share: a store, keys, and a log in a directory of its own.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "audit/log.h"
#include "audit/log_file.h"
#include "base/fault.h"
#include "crypto/system_random.h"
#include "seal/testing/memory_root.h"
#include "seal/testing/run_task.h"
#include "store/store.h"

namespace coffer::audit {

namespace fs = std::filesystem;

// World is everything that a log needs. Equal seeds give equal keys, so that a forked child and its
// parent open one log.
struct World {
  explicit World(uint64_t seed = 5)
      : seeded(seed), vault(seal::MemoryRoot::Vault::make(seeded)), root(vault, seeded) {
    store = store::make_memory(clock, random);
    keys = std::move(*run_task(seal::DomainKeys::open(store->meta(), root, seeded, true)));
  }
  ManualClock clock{1'700'000'000'000};
  SeededRandom seeded;
  crypto::SystemRandom random;
  seal::MemoryRoot::Vault vault;
  seal::MemoryRoot root;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<seal::DomainKeys> keys;
};

inline Event event_named(std::string name, std::string request_id = "req") {
  Event e;
  e.time_ms = 1'700'000'000'000;
  e.source = "kms.amazonaws.com";
  e.name = std::move(name);
  e.request_id = std::move(request_id);
  return e;
}

class LogTest : public testing::Test {
 protected:
  LogTest() {
    dir_ = fs::temp_directory_path() /
           fmt::format("coffer-audit-{}-{}", ::getpid(), crypto::SystemRandom().u64());
    options_.dir = dir_ / "audit";
    options_.sync_ms = 10;
    options_.drain_ms = 5;
  }
  ~LogTest() override {
    fault::disarm();
    fs::remove_all(dir_);
  }

  Result<std::unique_ptr<Log>> open(World& w) {
    return Log::open(options_, w.store->meta(), *w.keys, w.clock, w.random);
  }
  std::unique_ptr<Log> must_open(World& w) {
    auto log = open(w);
    EXPECT_TRUE(log.ok()) << log.error().message;
    return std::move(*log);
  }
  void append(Log& log, int from, int to) {
    for (int i = from; i < to; ++i)
      ASSERT_TRUE(run_task(log.append(event_named(fmt::format("E{}", i)))).ok());
  }
  std::vector<std::string> files() { return *list_files(options_.dir); }
  std::string path(const std::string& name) { return options_.dir + "/" + name; }

  struct Entry {
    std::string file;
    uint64_t offset;
    Bytes raw;
    Event event;
  };
  std::vector<Entry> entries(World& w) {
    std::vector<Entry> out;
    for (const auto& name : files()) {
      auto file = *open_file(path(name), false);
      auto reader = FileReader::open(file, size_of(*file), *w.keys);
      EXPECT_TRUE(reader.ok());
      while (auto record = reader->next()) {
        Bytes raw = read(name).substr(record->offset, kFrameBytes + record->payload.size());
        out.push_back({name, record->offset, raw, *decode_event(record->payload)});
      }
    }
    return out;
  }
  std::vector<std::string> names(World& w) {
    std::vector<std::string> out;
    for (const auto& entry : entries(w)) out.push_back(entry.event.name);
    return out;
  }
  Bytes read(const std::string& name) {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& name, ByteView bytes) {
    std::ofstream(path(name), std::ios::binary | std::ios::trunc) << bytes;
  }

  fs::path dir_;
  Log::Options options_;
};

}  // namespace coffer::audit
