#include "service/access/buffered_audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/base/event_loop.h"
#include "service/base/system_clock.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::access {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

// What a sink that outlives its log has got, and whether it takes more.
struct Written {
  std::vector<std::string> lines;
  absl::Status status;
  // Called in each write.
  std::function<void()> meanwhile;
};

class FakeSink final : public AuditSink {
 public:
  explicit FakeSink(Written* written) : written_(written) {}

  absl::Status Write(absl::string_view lines) override {
    if (written_->meanwhile) written_->meanwhile();
    if (!written_->status.ok()) return written_->status;
    for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
      written_->lines.emplace_back(line);
    }
    return absl::OkStatus();
  }

 private:
  Written* const written_;
};

AuditEvent HandOut(absl::string_view account) {
  return {.caller = "loopback", .provider = "vtiger", .account = account, .version = 7};
}

AuditEvent Refusal(absl::string_view account) {
  return {.caller = "loopback",
          .provider = "vtiger",
          .account = account,
          .error = base::Reason::kNotAllowed};
}

AuditEvent Login(absl::string_view account) {
  return {.action = AuditAction::kLogin, .provider = "vtiger", .account = account};
}

class BufferedAuditLogTest : public ::testing::Test {
 protected:
  void Make(const BufferedAuditLog::Options& options) {
    log_ = std::make_unique<BufferedAuditLog>(
        options, std::make_unique<FakeSink>(&written_), &scheduler_, &clock_,
        BufferedAuditLog::Observer{
            .on_sink = [this](const absl::Status& status) { told_.push_back(status.ok()); },
            .on_lines =
                [this](int64_t lines, int64_t lost) {
                  lines_told_ += lines;
                  lost_told_ += lost;
                }});
    log_->Start();
  }

  Written written_;
  testing::FakeClock clock_;
  testing::FakeScheduler scheduler_{&clock_};
  std::vector<bool> told_;
  int64_t lines_told_ = 0;
  int64_t lost_told_ = 0;
  std::unique_ptr<BufferedAuditLog> log_;
};

TEST_F(BufferedAuditLogTest, NothingIsWrittenOnTheThreadThatRecords) {
  Make({});
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  EXPECT_THAT(written_.lines, IsEmpty());
  scheduler_.RunReady();
  EXPECT_THAT(written_.lines, ElementsAre(HasSubstr("\"account\":\"a\"")));
  EXPECT_EQ(lines_told_, 1);
}

TEST_F(BufferedAuditLogTest, RepeatedHandOutsHaveOneLineAMinuteAndLoginsOneEach) {
  Make({});
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
    EXPECT_THAT(log_->Record(Login("a")), IsOk());
    EXPECT_THAT(log_->Record(Refusal("b")), IsOk());
  }
  scheduler_.RunReady();
  EXPECT_THAT(written_.lines, SizeIs(7));
  written_.lines.clear();
  scheduler_.Advance(absl::Seconds(59));
  EXPECT_THAT(written_.lines, IsEmpty());
  scheduler_.Advance(absl::Seconds(1));
  EXPECT_THAT(written_.lines,
              ::testing::UnorderedElementsAre(
                  AllOf(HasSubstr("\"action\":\"get\",\"outcome\":\"ok\""),
                        HasSubstr("\"repeats\":4,\"since\":\"2026-11-21T00:00:00.000000Z\"")),
                  AllOf(HasSubstr("\"reason\":\"NOT_ALLOWED\""), HasSubstr("\"repeats\":4"))));
  scheduler_.Advance(absl::Minutes(5));
  EXPECT_THAT(written_.lines, SizeIs(2)) << "silence has no lines";
}

TEST_F(BufferedAuditLogTest, ASinkThatFailsForFiveSecondsStopsHandOutsUntilItWorks) {
  Make({});
  written_.status = absl::UnavailableError("disk full");
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  scheduler_.RunReady();
  EXPECT_THAT(told_, ElementsAre(false));
  scheduler_.Advance(absl::Milliseconds(4999));
  EXPECT_THAT(log_->Check(), IsOk());
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  scheduler_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(log_->Check(), HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(log_->Record(HandOut("a")), HasReason(base::Reason::kAuditUnavailable))
      << "one that would only be counted, too";
  EXPECT_THAT(log_->Record(HandOut("b")), HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(log_->Record(Refusal("c")), IsOk()) << "what is refused may still be taken down";
  EXPECT_THAT(told_, ElementsAre(false)) << "told once";

  written_.status = absl::OkStatus();
  scheduler_.Advance(absl::Seconds(1));
  EXPECT_THAT(told_, ElementsAre(false, true));
  EXPECT_THAT(log_->Check(), IsOk());
  EXPECT_THAT(log_->Record(HandOut("b")), IsOk());
  scheduler_.RunReady();
  EXPECT_THAT(written_.lines,
              ElementsAre(HasSubstr("\"account\":\"a\""), HasSubstr("\"account\":\"c\""),
                          HasSubstr("\"account\":\"b\"")));
}

TEST_F(BufferedAuditLogTest, ASinkThatHangsCountsAsFailed) {
  Make({});
  absl::Status in_time;
  absl::Status too_late;
  written_.meanwhile = [&] {
    clock_.Advance(absl::Milliseconds(4999));
    in_time = log_->Check();
    clock_.Advance(absl::Milliseconds(1));
    too_late = log_->Check();
  };
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  scheduler_.RunReady();
  EXPECT_THAT(in_time, IsOk());
  EXPECT_THAT(too_late, HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(log_->Check(), IsOk()) << "it has come back";
}

TEST_F(BufferedAuditLogTest, AFullQueueStopsHandOutsUntilHalfOfItIsFree) {
  Make({.max_queued = 4});
  for (const char* account : {"a", "b", "c", "d"})
    EXPECT_THAT(log_->Record(HandOut(account)), IsOk());
  EXPECT_THAT(log_->Check(), IsOk()) << "nobody has been refused yet";
  EXPECT_THAT(log_->Record(HandOut("e")), HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(log_->Check(), HasReason(base::Reason::kAuditUnavailable));
  EXPECT_THAT(log_->Record(HandOut("a")), HasReason(base::Reason::kAuditUnavailable));
  scheduler_.RunReady();
  EXPECT_THAT(log_->Check(), IsOk());
  EXPECT_THAT(log_->Record(HandOut("e")), IsOk());
  EXPECT_EQ(lost_told_, 0) << "what was not handed out needs no line";
}

TEST_F(BufferedAuditLogTest, WhatIsTakenAndNotWrittenYetFillsTheQueueToo) {
  Make({.max_queued = 2});
  written_.status = absl::UnavailableError("disk full");
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  scheduler_.RunReady();
  EXPECT_THAT(log_->Record(HandOut("b")), IsOk());
  EXPECT_THAT(log_->Record(HandOut("c")), HasReason(base::Reason::kAuditUnavailable));
}

TEST_F(BufferedAuditLogTest, RefusalsLeaveRoomForHandOutsAndTheirLossIsTold) {
  Make({.max_queued = 8});
  for (int i = 0; i < 10; ++i) log_->Record(Refusal(absl::StrCat("r", i))).IgnoreError();
  EXPECT_THAT(log_->Check(), IsOk());
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  scheduler_.RunReady();
  ASSERT_THAT(written_.lines, SizeIs(6));
  EXPECT_THAT(written_.lines.back(), HasSubstr("\"action\":\"lost\",\"repeats\":6}"));
  EXPECT_EQ(lost_told_, 6);
  EXPECT_EQ(lines_told_, 5);
}

TEST_F(BufferedAuditLogTest, WhereItIsNotRequiredNothingStopsAndTheLossIsTold) {
  Make({.required = false, .max_queued = 1});
  written_.status = absl::UnavailableError("disk full");
  for (const char* account : {"a", "b", "c"}) EXPECT_THAT(log_->Record(HandOut(account)), IsOk());
  scheduler_.Advance(absl::Seconds(10));
  EXPECT_THAT(log_->Check(), IsOk());
  EXPECT_THAT(log_->Record(HandOut("d")), IsOk());
  written_.status = absl::OkStatus();
  scheduler_.Advance(absl::Seconds(2));
  EXPECT_THAT(written_.lines, ElementsAre(HasSubstr("\"account\":\"a\""),
                                          HasSubstr("\"repeats\":2"), HasSubstr("\"repeats\":1")));
}

TEST_F(BufferedAuditLogTest, RepeatsOfATimeWithoutASinkAreToldOnceItWorks) {
  Make({});
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  scheduler_.RunReady();
  written_.lines.clear();
  written_.status = absl::UnavailableError("disk full");
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  scheduler_.Advance(absl::Minutes(3));
  written_.status = absl::OkStatus();
  scheduler_.Advance(absl::Minutes(1));
  EXPECT_THAT(written_.lines, ElementsAre(HasSubstr("\"repeats\":1")));
}

TEST_F(BufferedAuditLogTest, WhatIsLeftIsWrittenAtTheEnd) {
  Make({});
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  EXPECT_THAT(log_->Record(HandOut("a")), IsOk());
  log_.reset();
  EXPECT_THAT(written_.lines,
              ElementsAre(HasSubstr("\"account\":\"a\""), HasSubstr("\"repeats\":1")));
}

TEST(BufferedAuditLogThreadsTest, EachEventOfManyThreadsIsToldOnce) {
  Written written;
  const base::SystemClock clock;
  auto created = base::EventLoop::Create("audit");
  ASSERT_THAT(created, IsOk());
  const std::unique_ptr<base::EventLoop> loop = *std::move(created);
  auto log = std::make_unique<BufferedAuditLog>(BufferedAuditLog::Options{},
                                                std::make_unique<FakeSink>(&written), loop.get(),
                                                &clock, BufferedAuditLog::Observer());
  log->Start();
  ASSERT_THAT(loop->Start(), IsOk());
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_TRUE(log->Record(HandOut(absl::StrCat("a", i % 7))).ok());
        EXPECT_TRUE(log->Check().ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  loop->Stop();
  log.reset();
  int64_t told = 0;
  for (const std::string& line : written.lines) {
    const std::vector<std::string> parts = absl::StrSplit(line, "\"repeats\":");
    told += parts.size() == 2 ? std::stoll(parts[1]) : 1;
  }
  EXPECT_EQ(told, kThreads * kEach);
}

}  // namespace
}  // namespace sessionbroker::access
