// Many callers at once, and callers that go away at any moment: on real connections, for the
// sanitizers.

#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/mutex.h"
#include "tests/rpc/service_harness.h"

namespace sessionbroker::rpc {
namespace {

using testing::ServiceHarness;

// One call under way, with what it needs and what came of it.
struct Call {
  grpc::ClientContext context;
  v1::GetSessionRequest request;
  v1::GetSessionResponse response;
  grpc::Status status;
};

// Begins `count` calls for `account`; `ended` is counted down by each that ends.
std::vector<std::unique_ptr<Call>> Begin(int count, const std::string& account,
                                         v1::SessionBroker::Stub& stub, std::latch* ended) {
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < count; ++i) {
    Call& call = *calls.emplace_back(std::make_unique<Call>());
    call.request.set_provider("vtiger");
    call.request.set_account(account);
    stub.async()->GetSession(&call.context, &call.request, &call.response,
                             [&call, ended](grpc::Status status) {
                               call.status = std::move(status);
                               ended->count_down();
                             });
  }
  return calls;
}

TEST(SessionBrokerServiceConcurrencyTest, AThousandCallersOnAColdAccountShareOneLogin) {
  constexpr int kCalls = 1000;
  ServiceHarness harness;
  harness.authenticator().Hold();
  std::latch ended(kCalls);
  const auto calls = Begin(kCalls, "crm-main", harness.stub(), &ended);
  // The login ends while calls still come in: some wait for it, some find its session.
  harness.authenticator().Release();
  ended.wait();
  std::set<std::string> ids;
  for (const auto& call : calls) {
    EXPECT_TRUE(call->status.ok()) << call->status.error_message();
    ids.insert(call->response.session().id());
  }
  EXPECT_EQ(ids, std::set<std::string>{"session-1"});
  EXPECT_EQ(harness.authenticator().logins(), 1u);
}

TEST(SessionBrokerServiceConcurrencyTest, AllWhoWaitGetTheSameError) {
  constexpr int kCalls = 200;
  ServiceHarness harness;
  harness.authenticator().Hold();
  harness.authenticator().Script(base::MakeError(base::Reason::kCredentialsRejected, "refused"));
  std::latch first_ended(1);
  std::latch ended(kCalls);
  const auto first = Begin(1, "crm-main", harness.stub(), &first_ended);
  const auto calls = Begin(kCalls, "crm-main", harness.stub(), &ended);
  while (harness.metrics().Serialize().find(absl::StrCat(
             "sessionbroker_joined_total{provider=\"vtiger\"} ", kCalls)) == std::string::npos) {
    std::this_thread::yield();
  }
  harness.authenticator().Release();
  first_ended.wait();
  ended.wait();
  for (const auto& call : calls) {
    EXPECT_EQ(call->status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  }
  EXPECT_EQ(harness.authenticator().logins(), 1u);
}

TEST(SessionBrokerServiceConcurrencyTest, CallersThatGiveUpAreForgottenAndTheLoginGoesOn) {
  constexpr int kCalls = 200;
  ServiceHarness harness;
  harness.authenticator().Hold();
  std::latch ended(kCalls);
  const auto calls = Begin(kCalls, "crm-main", harness.stub(), &ended);
  for (const auto& call : calls) call->context.TryCancel();
  ended.wait();
  for (const auto& call : calls) {
    EXPECT_EQ(call->status.error_code(), grpc::StatusCode::CANCELLED);
  }
  harness.authenticator().Release();
  v1::GetSessionResponse response;
  EXPECT_TRUE(harness.Get("vtiger", "crm-main", &response).ok());
  EXPECT_EQ(response.session().id(), "session-1");
}

TEST(SessionBrokerServiceConcurrencyTest, CancelsRaceWithAnswersWithoutHarm) {
  constexpr int kRounds = 40;
  constexpr int kCalls = 25;
  ServiceHarness harness;
  for (int round = 0; round < kRounds; ++round) {
    // The session has expired: this round's callers wait for a login.
    harness.clock().Advance(absl::Seconds(2000));
    harness.authenticator().Hold();
    std::latch ended(3 * kCalls);
    std::vector<std::unique_ptr<Call>> calls[3];
    for (auto& some : calls) some = Begin(kCalls, "crm-main", harness.stub(), &ended);
    std::latch start(3);
    std::thread early([&] {
      start.arrive_and_wait();
      for (const auto& call : calls[0]) call->context.TryCancel();
    });
    std::thread late([&] {
      start.arrive_and_wait();
      for (auto it = calls[1].rbegin(); it != calls[1].rend(); ++it) (*it)->context.TryCancel();
    });
    start.arrive_and_wait();
    harness.authenticator().Release();
    early.join();
    late.join();
    ended.wait();
    for (const auto& call : calls[2]) {
      EXPECT_TRUE(call->status.ok()) << call->status.error_message();
    }
    for (const auto& some : calls) {
      for (const auto& call : some) {
        EXPECT_TRUE(call->status.ok() || call->status.error_code() == grpc::StatusCode::CANCELLED)
            << call->status.error_message();
      }
    }
  }
  EXPECT_EQ(harness.authenticator().overlaps(), 0u);
}

TEST(SessionBrokerServiceConcurrencyTest, AServerThatStopsEndsTheCallsThatWait) {
  constexpr int kCalls = 50;
  std::latch ended(kCalls);
  ServiceHarness harness;
  harness.authenticator().Hold();
  const auto calls = Begin(kCalls, "crm-main", harness.stub(), &ended);
  harness.server().Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
  ended.wait();
  for (const auto& call : calls) {
    EXPECT_FALSE(call->status.ok());
  }
}

}  // namespace
}  // namespace sessionbroker::rpc
