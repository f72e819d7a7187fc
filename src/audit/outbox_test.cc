#include "audit/testing/log_fixture.h"

namespace coffer::audit {
namespace {

Task<Unit> keep_drained(Log& log, store::Partition in, Event event, bool* drained) {
  *drained = (co_await log.drain(std::move(in), std::move(event))).ok();
  co_return Unit{};
}

class OutboxTest : public LogTest {
 protected:
  const store::Partition in_{"account/123456789012"};

  Event change(World& w, Log& log, std::string name) {
    Event e = event_named(std::move(name));
    store::Batch batch{.in = in_};
    batch.puts.push_back(log.outbox_row(e));
    EXPECT_EQ(run_task(w.store->meta().commit(std::move(batch))), store::Commit::kDone);
    return e;
  }
  size_t rows(World& w) {
    auto page = run_task(w.store->meta().scan(in_, store::prefix_range("o/"), {}));
    return page->rows.size();
  }
};

TEST_F(OutboxTest, DrainAppendsAndRemoves) {
  World w;
  auto log = must_open(w);
  Event e = change(w, *log, "CreateKey");
  EXPECT_EQ(rows(w), 1u);
  ASSERT_TRUE(run_task(log->drain(in_, e)).ok());
  EXPECT_EQ(rows(w), 0u);
  EXPECT_EQ(names(w), (std::vector<std::string>{"CreateKey"}));
  EXPECT_EQ(entries(w)[0].event.event_id, e.event_id);
}

TEST_F(OutboxTest, RecoverAppendsEachLeftEventOnce) {
  World w;
  {
    auto log = must_open(w);
    Event appended = change(w, *log, "Appended");
    ASSERT_TRUE(run_task(log->append(appended)).ok());  // the crash came before the row went
    for (int i = 0; i < 1500; ++i) change(w, *log, "Committed");
  }
  EXPECT_EQ(rows(w), 1000u);  // as many as a page holds
  for (int round = 0; round < 2; ++round) {
    auto log = must_open(w);
    ASSERT_TRUE(run_task(log->recover()).ok());
    EXPECT_EQ(rows(w), 0u);
    EXPECT_EQ(log->records(), 1501u);
  }
}

TEST_F(OutboxTest, RecoverSeesEventsOfTheFileBeforeTheLast) {
  World w;
  options_.file_bytes_max = 300;
  {
    auto log = must_open(w);
    ASSERT_TRUE(run_task(log->append(change(w, *log, "Appended"))).ok());
    append(*log, 0, 1);
    while (files().size() < 2) append(*log, 1, 2);
  }
  auto log = must_open(w);
  const uint64_t before = log->records();
  ASSERT_TRUE(run_task(log->recover()).ok());
  EXPECT_EQ(log->records(), before);
  EXPECT_EQ(rows(w), 0u);
}

TEST_F(OutboxTest, RecoverLeavesRowsThatAreNoEvents) {
  World w;
  auto log = must_open(w);
  store::Batch batch{.in = in_, .puts = {{"o/other", "something else"}}};
  ASSERT_EQ(run_task(w.store->meta().commit(batch)), store::Commit::kDone);
  ASSERT_TRUE(run_task(log->recover()).ok());
  EXPECT_EQ(rows(w), 1u);
  EXPECT_EQ(log->records(), 0u);
}

TEST_F(OutboxTest, ARowOutlivesALogThatFailed) {
  World w;
  {
    auto log = must_open(w);
    Event e = change(w, *log, "CreateKey");
    fault::arm("audit.write=error");
    EXPECT_FALSE(run_task(log->drain(in_, e)).ok());
    fault::disarm();
  }
  EXPECT_EQ(rows(w), 1u);
  auto log = must_open(w);
  ASSERT_TRUE(run_task(log->recover()).ok());
  EXPECT_EQ(names(w), (std::vector<std::string>{"CreateKey"}));
}

TEST_F(OutboxTest, ARowStaysUntilItsRecordIsOnTheDevice) {
  World w;
  options_.sync_ms = 120'000;
  auto log = must_open(w);
  asio::io_context loop(1);
  bool drained = false;
  asio::co_spawn(loop, keep_drained(*log, in_, change(w, *log, "CreateKey"), &drained),
                 [](std::exception_ptr, Unit) {});
  loop.run_for(std::chrono::milliseconds(100));
  EXPECT_TRUE(drained);
  EXPECT_EQ(rows(w), 1u);
  log->flush();
  loop.run();
  EXPECT_EQ(rows(w), 0u);
}

TEST_F(OutboxTest, ARowIsRemovedAfterItsFileWasLeft) {
  World w;
  options_.sync_ms = 120'000;
  options_.file_bytes_max = 1;
  auto log = must_open(w);
  asio::io_context loop(1);
  bool drained = false;
  asio::co_spawn(loop, keep_drained(*log, in_, change(w, *log, "CreateKey"), &drained),
                 [](std::exception_ptr, Unit) {});
  while (!drained) loop.run_one();
  loop.run_for(std::chrono::milliseconds(50));  // the removal knows up to where it waits
  EXPECT_EQ(rows(w), 1u);
  append(*log, 0, 1);
  loop.run();
  EXPECT_EQ(rows(w), 0u);
}

TEST_F(OutboxTest, ALogThatCannotSyncRemovesNoRow) {
  World w;
  {
    auto log = must_open(w);
    Event e = change(w, *log, "CreateKey");
    fault::arm("audit.sync=error");
    ASSERT_TRUE(run_task(log->drain(in_, e)).ok());
    EXPECT_FALSE(log->healthy());
    fault::disarm();
  }
  EXPECT_EQ(rows(w), 1u);
}

TEST_F(OutboxTest, RecoverSyncsBeforeItRemoves) {
  World w;
  auto log = must_open(w);
  change(w, *log, "CreateKey");
  fault::arm("audit.sync=error");
  EXPECT_FALSE(run_task(log->recover()).ok());
  fault::disarm();
  EXPECT_EQ(rows(w), 1u);
  log = nullptr;
  log = must_open(w);
  ASSERT_TRUE(run_task(log->recover()).ok());
  EXPECT_EQ(rows(w), 0u);
  EXPECT_EQ(names(w), (std::vector<std::string>{"CreateKey"}));
}

TEST_F(OutboxTest, AResetIsNoEndlessWait) {
  World w;
  options_.sync_ms = 120'000;
  auto log = must_open(w);
  asio::io_context loop(1);
  bool drained = false;
  asio::co_spawn(loop, keep_drained(*log, in_, change(w, *log, "CreateKey"), &drained),
                 [](std::exception_ptr, Unit) {});
  loop.run_for(std::chrono::milliseconds(50));
  ASSERT_TRUE(run_task(log->reset()).ok());
  loop.run();
  EXPECT_TRUE(drained);
}

TEST_F(OutboxTest, StoppedRemovalsLeaveTheirRows) {
  World w;
  options_.sync_ms = 120'000;
  auto log = must_open(w);
  asio::io_context loop(1);
  bool drained = false;
  asio::co_spawn(loop, keep_drained(*log, in_, change(w, *log, "CreateKey"), &drained),
                 [](std::exception_ptr, Unit) {});
  loop.run_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(log->stop_removals(std::chrono::milliseconds(1000)));
  log->flush();
  loop.run();
  EXPECT_TRUE(drained);
  EXPECT_EQ(rows(w), 1u);
}

TEST_F(OutboxTest, ALogMayGoBeforeItsRemovals) {
  asio::io_context loop(1);
  {
    World w;
    options_.drain_ms = 100;
    auto log = must_open(w);
    Event e = change(w, *log, "CreateKey");
    bool drained = false;
    asio::co_spawn(loop, keep_drained(*log, in_, e, &drained), [](std::exception_ptr, Unit) {});
    while (!drained) loop.run_one();
  }
  loop.run();  // the timer fires after the log and the store are gone
}

TEST_F(OutboxTest, DraftMakesOneRow) {
  World w;
  auto log = must_open(w);
  Draft draft(*log, event_named("CreateKey"));
  EXPECT_FALSE(draft.used());
  const std::string key = draft.row(in_).key;
  EXPECT_EQ(draft.row(in_).key, key) << "a retry writes the same row";
  EXPECT_TRUE(draft.used());
  EXPECT_EQ(draft.partition(), in_);
  draft.unused();
  EXPECT_FALSE(draft.used());
}

}  // namespace
}  // namespace coffer::audit
