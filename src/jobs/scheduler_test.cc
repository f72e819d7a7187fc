#include "jobs/scheduler.h"

#include "kms/testing/fixture.h"

namespace coffer::jobs {
namespace {

using api::make_entry;

std::atomic<int> asked[5];
constexpr std::string_view kNames[] = {"DeleteDueKeys", "RotateDueKeys", "CloseEpoch", "Sweep",
                                       "ApplyLifecycle"};

// Upkeep number I, under its name; DeleteDueKeys, CloseEpoch and ApplyLifecycle always find
// something.
template <int I>
struct Upkeep {
  struct Input {};
  struct Output {
    int64_t count = 0;
  };
  static constexpr api::OpSpec spec{.service = api::Service::kCoffer, .name = kNames[I]};
  static constexpr auto input = protocol::fields();
  static constexpr auto output = protocol::fields(protocol::body<&Output::count>("Count"));
  static std::vector<authz::Demand> demands(const Input&, const api::Call& call) {
    return {{.action = "coffer:" + std::string(spec.name),
             .resource = "*",
             .resource_account = call.services.first_account,
             .rule = authz::ResourceRule::kOperator}};
  }
  static Task<Result<Output>> run(authz::Authorized<Input>, api::Call& call) {
    asked[I].fetch_add(1);
    call.nothing_done = I % 2 != 0;
    co_return Output{I % 2 == 0 ? 1 : 0};
  }
};

const api::OpEntry kDelete = make_entry<Upkeep<0>>(), kRotate = make_entry<Upkeep<1>>(),
                   kClose = make_entry<Upkeep<2>>(), kSweep = make_entry<Upkeep<3>>(),
                   kLifecycle = make_entry<Upkeep<4>>();
const api::OpEntry* const kOperations[] = {&kDelete, &kRotate, &kClose, &kSweep, &kLifecycle};

class SchedulerTest : public kms::KmsFixture {
 protected:
  SchedulerTest()
      : iam_({store_->meta(), *domain_, *log_, clock_, random_, pool_, kms::kRegion,
              kms::kAccount}) {
    must(sync_wait(iam_.load()));
    for (auto& count : asked) count = 0;
    services_ = {.iam = &iam_,
                 .audit = log_.get(),
                 .clock = &clock_,
                 .random = &random_,
                 .first_account = kms::kAccount};
    dispatcher_.emplace(
        services_, iam_,
        api::Dispatcher::Options{.regions = {kms::kRegion, {}}, .operations = kOperations});
  }
  static void await(int which, int count) {
    for (int i = 0; i < 2000 && asked[which] < count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(asked[which], count);
  }

  iam::Iam iam_;
  api::Services services_;
  std::optional<api::Dispatcher> dispatcher_;
};

TEST_F(SchedulerTest, RoundsAskForEverythingAndCloseEpochsOnceADay) {
  Scheduler scheduler({*dispatcher_, store_->meta(), iam_, clock_}, std::chrono::hours(1));
  scheduler.start();
  await(3, 1);
  scheduler.nudge();
  await(3, 2);
  EXPECT_EQ(asked[0], 2);
  EXPECT_EQ(asked[1], 2);
  EXPECT_EQ(asked[2], 1);
  EXPECT_EQ(asked[4], 1);
  clock_.advance(25 * 3600 * 1000);
  scheduler.nudge();
  await(3, 3);
  EXPECT_EQ(asked[2], 2);
  EXPECT_EQ(asked[4], 2);
  scheduler.stop();
  // Three deletions, two closings and two rounds of lifecycle; what found nothing is not on record.
  EXPECT_EQ(log_->records(), 7u);
}

TEST_F(SchedulerTest, OneServerAtATime) {
  Scheduler first({*dispatcher_, store_->meta(), iam_, clock_}, std::chrono::hours(1));
  Scheduler second({*dispatcher_, store_->meta(), iam_, clock_}, std::chrono::hours(1));
  first.start();
  await(3, 1);
  second.start();
  second.nudge();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(asked[0], 1);
  first.stop();
  second.nudge();
  await(3, 2);
}

TEST_F(SchedulerTest, HeldBackItAsksNothing) {
  Scheduler scheduler({*dispatcher_, store_->meta(), iam_, clock_}, std::chrono::hours(1));
  scheduler.hold(true);
  scheduler.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_FALSE(scheduler.busy());
  EXPECT_EQ(asked[0], 0);
  scheduler.hold(false);
  scheduler.nudge();
  await(3, 1);
}

}  // namespace
}  // namespace coffer::jobs
