#include "client/brokerctl/provider/trial.h"

#include <cstdint>
#include <future>
#include <optional>
#include <utility>
#include <variant>

#include "client/brokerctl/provider/clock_numbers.h"
#include "service/base/event_loop.h"
#include "service/base/status_macros.h"
#include "service/base/system_clock.h"
#include "service/crypto/random.h"
#include "service/http/curl_transport.h"
#include "service/login/driver.h"
#include "service/login/kept_values.h"
#include "service/login/run.h"
#include "service/login/sequence_source.h"
#include "service/login/sequence_turns.h"

namespace sessionbroker::brokerctl {
namespace {

class ClockSequences final : public login::SequenceSource {
 public:
  ClockSequences(base::Scheduler* scheduler, const base::Clock* clock)
      : scheduler_(scheduler), clock_(clock) {}

  void Reserve(const login::SequenceId& id, const login::SequenceSpec& spec,
               std::optional<int64_t> above, Callback done) override {
    scheduler_->Post([number = numbers_.Next(id, spec, above, clock_->WallNow()),
                      done = std::move(done)]() mutable { std::move(done)(std::move(number)); });
  }

 private:
  base::Scheduler* const scheduler_;
  const base::Clock* const clock_;
  // On the scheduler's thread alone, as the driver's calls are.
  ClockNumbers numbers_;
};

class NothingKept final : public login::KeptValues {
 public:
  explicit NothingKept(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  void Load(const login::KeptKey& /*key*/, LoadCallback done) override {
    scheduler_->Post([done = std::move(done)]() mutable { std::move(done)(Values()); });
  }
  void Store(const login::KeptKey& /*key*/, Values /*values*/, StoreCallback done) override {
    scheduler_->Post([done = std::move(done)]() mutable { std::move(done)(absl::OkStatus()); });
  }

 private:
  base::Scheduler* const scheduler_;
};

}  // namespace

absl::StatusOr<TrialResult> TryLogin(const std::shared_ptr<const login::Account>& account,
                                     const TrialOptions& options, login::Trace* trace) {
  const base::SystemClock clock;
  SB_ASSIGN_OR_RETURN(const std::unique_ptr<base::EventLoop> loop, base::EventLoop::Create());
  SB_ASSIGN_OR_RETURN(
      const std::unique_ptr<http::CurlTransport> transport,
      http::CurlTransport::Create({.user_agent = options.user_agent, .ca_file = options.ca_file},
                                  loop.get(), &clock));
  ClockSequences sequences(loop.get(), &clock);
  login::SequenceTurns turns(loop.get());
  NothingKept kept(loop.get());
  TrialResult result;
  std::promise<void> over;
  {
    login::LoginDriver driver(loop.get(), transport.get(), &clock, &crypto::SystemRandom(),
                              {.login_timeout = options.login_timeout,
                               .request_timeout = options.request_timeout,
                               .user_agent = options.user_agent,
                               .trace = trace},
                              [&result](const login::LoginReport& report) {
                                if (!report.operator_detail.empty()) {
                                  result.operator_detail = report.operator_detail;
                                }
                                if (report.conversation != login::Conversation::kLogin) return;
                                result.requests = report.requests;
                                result.duration = report.duration;
                              },
                              {.sequences = &sequences, .kept = &kept, .turns = &turns});
    SB_RETURN_IF_ERROR(loop->Start());
    // Everything below happens on the loop's thread, which this one waits for.
    const auto log_out = [&](const std::shared_ptr<const login::Grant>& grant) {
      if (!options.logout) {
        over.set_value();
        return;
      }
      driver.Logout(account, grant, [&](absl::Status status) {
        result.logout = std::move(status);
        over.set_value();
      });
    };
    driver.Login(account, [&](absl::StatusOr<login::Grant> grant) {
      result.grant = grant;
      if (!grant.ok()) {
        over.set_value();
        return;
      }
      const auto session = std::make_shared<const login::Grant>(*std::move(grant));
      if (!options.probe) {
        log_out(session);
        return;
      }
      driver.Probe(account, session, [&, session](absl::StatusOr<login::ProbeAnswer> found) {
        result.probe = std::move(found);
        log_out(session);
      });
    });
    over.get_future().wait();
    loop->Stop();
  }
  return result;
}

absl::Status ShowFirstRequest(std::shared_ptr<const login::Account> account,
                              const TrialOptions& options, absl::Time now, login::Trace* trace) {
  login::Run run(std::move(account), options.user_agent, &crypto::SystemRandom(), trace);
  ClockNumbers numbers;
  while (true) {
    const login::Run::Action action = run.Next(base::BootTime(), now);
    if (const auto* number = std::get_if<login::NumberRequest>(&action)) {
      run.FeedNumber(numbers.Next(number->id, number->spec, number->above, now));
    } else if (const auto* failure = std::get_if<login::Failure>(&action)) {
      return failure->status;
    } else {
      return absl::OkStatus();
    }
  }
}

}  // namespace sessionbroker::brokerctl
