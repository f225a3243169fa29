// Requests that the broker sends for its callers, as callers and providers see them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/e2e/end_to_end_test.h"
#include "tests/e2e/provider_call.h"
#include "tests/testing/child_process.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::e2e {
namespace {

using simulator::FaultKind;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kGetOperation[] = "/clientapi/v1/getoperation";

class CallProviderTest : public EndToEndTest {
 protected:
  static v1::HttpRequest CreateLead() {
    return Post(kWebservice, {{"operation", "create"},
                              {"elementType", "Leads"},
                              {"element", R"({"lastname":"Novák & Söhne"})"}});
  }
  int64_t Count(const std::string& family, const std::string& operation,
                const std::string& outcome = "") {
    return simulator().counters().Count(family, operation, outcome);
  }
  void AddFault(simulator::Fault fault) {
    ASSERT_THAT(simulator().AddFault(std::move(fault)), testing::IsOk());
  }
};

TEST_F(CallProviderTest, AnswerComesBackAsItIs) {
  BrokerConfig config = DemoConfig();
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  for (const char* family : kFamilies) {
    const ProviderAnswer made = CallProvider(stub.get(), family, "main", CreateLead());
    ASSERT_TRUE(made.ok()) << made;
    EXPECT_EQ(made.response.response().status(), 200);
    EXPECT_EQ(made.Json()["result"]["lastname"], "Novák & Söhne") << made;
    EXPECT_GT(made.response.session_version(), 0);
    const ProviderAnswer found =
        CallProvider(stub.get(), family, "main",
                     Get(kWebservice, {{"operation", "query"}, {"query", "select * from Leads;"}}));
    ASSERT_TRUE(found.ok()) << found;
    EXPECT_EQ(found.Json()["result"].size(), 1u) << found;
    EXPECT_EQ(found.response.session_version(), made.response.session_version());
    bool has_type = false;
    for (const v1::Header& header : found.response.response().headers()) {
      has_type = has_type || header.name() == "Content-Type";
      EXPECT_NE(header.name(), "Set-Cookie") << "coreBOS sets the session's id";
    }
    EXPECT_TRUE(has_type);
    const ProviderAnswer wrong = CallProvider(
        stub.get(), family, "main", Get(kWebservice, {{"operation", "query"}, {"query", "x"}}));
    ASSERT_TRUE(wrong.ok()) << wrong;
    EXPECT_EQ(wrong.Json()["error"]["code"], "QUERY_SYNTAX_ERROR") << wrong;
    EXPECT_EQ(Count(family, "login"), 1);
    EXPECT_EQ(broker->Metric(absl::StrCat("sessionbroker_calls_total{outcome=\"ok\",provider=\"",
                                          family, "\"}")),
              3)
        << "an error that is not about the session is a use of it";
  }
}

// A session is destroyed behind the broker's back before each call.
TEST_F(CallProviderTest, CallersSeeNothingOfDeadSessionsAndEachCostsOneLogin) {
  BrokerConfig config = DemoConfig();
  config.accounts.push_back(DemoAccount("tipmoto"));
  config.more = "outbound: {max_logins_per_hour: 1000}\n";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  constexpr int kRounds = 20;
  for (const AccountConfig& account : config.accounts) {
    const std::string& family = account.provider;
    const bool tipmoto = family == "tipmoto";
    const v1::HttpRequest request = tipmoto ? Get("/orders.json", {{"order", "7"}}) : CreateLead();
    for (int round = 0; round < kRounds; ++round) {
      ASSERT_THAT(simulator().KillSessions(family), testing::IsOk());
      const ProviderAnswer answer = CallProvider(stub.get(), family, "main", request);
      ASSERT_TRUE(answer.ok()) << family << " " << answer;
      EXPECT_EQ(answer.response.response().status(), 200) << family << " " << answer;
      EXPECT_TRUE(tipmoto || answer.Json()["success"] == true) << family << " " << answer;
    }
    EXPECT_EQ(Count(family, "login", "ok"), kRounds) << family;
    EXPECT_EQ(Count(family, tipmoto ? "orders" : "create", "ok"), kRounds)
        << family << ": executed once each";
  }
}

TEST_F(CallProviderTest, ManyCallersOfADeadSessionCostOneLogin) {
  BrokerConfig config = DemoConfig();
  config.log_level = "info";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  ASSERT_TRUE(CallProvider(stub.get(), "corebos", "main", CreateLead()).ok());
  ASSERT_THAT(simulator().KillSessions("corebos"), testing::IsOk());
  std::vector<std::thread> callers;
  std::atomic<int> made{0};
  for (int i = 0; i < 16; ++i) {
    callers.emplace_back([&] {
      const ProviderAnswer answer = CallProvider(stub.get(), "corebos", "main", CreateLead());
      EXPECT_TRUE(answer.ok()) << answer;
      if (answer.ok() && answer.Json()["success"] == true) ++made;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(made, 16);
  EXPECT_EQ(Count("corebos", "login", "ok"), 2);
  EXPECT_EQ(Count("corebos", "create", "ok"), 17);
}

TEST_F(CallProviderTest, WhatMayHaveBeenExecutedIsSentOnce) {
  BrokerConfig config = DemoConfig();
  config.more = "outbound: {call_timeout: 1s}\n";
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  ASSERT_TRUE(CallProvider(stub.get(), "corebos", "main", CreateLead()).ok());
  int64_t arrived = Count("corebos", "create");
  for (const FaultKind kind : {FaultKind::kReset, FaultKind::kClose, FaultKind::kTruncated,
                               FaultKind::kStall, FaultKind::kGarbage}) {
    AddFault({.kind = kind, .family = "corebos", .operation = "create", .handle_first = true});
    const ProviderAnswer answer = CallProvider(stub.get(), "corebos", "main", CreateLead());
    EXPECT_EQ(answer.status.error_code(), grpc::UNKNOWN) << answer;
    EXPECT_EQ(answer.reason, "CALL_UNANSWERED") << answer;
    EXPECT_EQ(answer.retry_pushback, "-1") << "or gRPC would try again";
    EXPECT_EQ(Count("corebos", "create"), ++arrived) << simulator::FaultName(kind);
  }
  const ProviderAnswer answer = CallProvider(stub.get(), "corebos", "main", CreateLead());
  EXPECT_TRUE(answer.ok()) << answer;
}

TEST_F(CallProviderTest, CallerThatWaitsNoLongerEndsItsCallAlone) {
  const auto broker = StartBroker(DemoConfig());
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  ASSERT_TRUE(CallProvider(stub.get(), "corebos", "main", CreateLead()).ok());
  AddFault({.kind = FaultKind::kStall, .family = "corebos", .operation = "create"});
  const ProviderAnswer late =
      CallProvider(stub.get(), "corebos", "main", CreateLead(), absl::Milliseconds(300));
  EXPECT_FALSE(late.ok());
  const ProviderAnswer answer = CallProvider(stub.get(), "corebos", "main", CreateLead());
  EXPECT_TRUE(answer.ok()) << answer;
}

TEST_F(CallProviderTest, WithoutARuleNothingIsSentAndNothingIsTold) {
  BrokerConfig config = DemoConfig();
  config.allowed = {"vtiger/*"};
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  for (const char* account : {"main", "nobody"}) {
    const ProviderAnswer answer = CallProvider(stub.get(), "corebos", account, CreateLead());
    EXPECT_EQ(answer.reason, "NOT_ALLOWED") << answer;
  }
  EXPECT_EQ(CallProvider(stub.get(), "vtiger", "nobody", CreateLead()).reason, "ACCOUNT_UNKNOWN");
  EXPECT_EQ(simulator().counters().requests, 0);
}

// tests/calls has the whole table: here, that nothing of it gets past the API.
TEST_F(CallProviderTest, AttacksAreRefusedBeforeAnythingIsSent) {
  BrokerConfig config = DemoConfig();
  config.accounts.push_back(DemoAccount("icash"));
  const auto broker = StartBroker(config);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  std::vector<std::pair<std::string, v1::HttpRequest>> attacks;
  const auto attack = [&](const std::string& provider,
                          const std::function<void(v1::HttpRequest&)>& change) {
    v1::HttpRequest request =
        provider == "icash" ? Post(kGetOperation, {{"OperationID", "7"}}) : CreateLead();
    change(request);
    attacks.emplace_back(provider, std::move(request));
  };
  for (const char* path : {"",
                           "webservice.php",
                           "//evil.example/",
                           "https://evil.example/",
                           "https://u:p@evil.example/",
                           "@evil.example/",
                           "/\\evil.example",
                           "/../icash/clientapi/v1/login",
                           "/%2e%2e/icash",
                           "/%2E%2e/icash",
                           "/%252e%252e/icash",
                           "/a%2fb",
                           "/a%252Fb",
                           "/webservice.php?a=b",
                           "/webservice.php#a",
                           "/webservice.php%3fa=b",
                           "/a\r\nHost: evil.example",
                           "/a b",
                           "/caf\xc3\xa9",
                           "/a/./b",
                           "/a//b",
                           "/..;/icash"}) {
    attack("corebos", [&](v1::HttpRequest& request) { request.set_path(path); });
  }
  const std::pair<const char*, const char*> headers[] = {
      {"Host", "evil.example"},          {"Content-Length", "1"},
      {"Transfer-Encoding", "chunked"},  {"Connection", "close"},
      {"Authorization", "Basic eA=="},   {"Cookie", "a=b"},
      {"corebos-authorization", "x"},    {"User-Agent", "mine"},
      {"X-HTTP-Method-Override", "PUT"}, {"X-Forwarded-For", "127.0.0.1"},
      {"X", "a\r\nHost: evil.example"},  {"X\r\nY", "a"}};
  for (const auto& [name, value] : headers) {
    attack("corebos", [&, name = name, value = value](v1::HttpRequest& request) {
      v1::Header* const header = request.add_headers();
      header->set_name(name);
      header->set_value(value);
    });
  }
  const auto parameter = [&](const std::string& provider, const char* name, bool in_form) {
    attack(provider, [&](v1::HttpRequest& request) {
      v1::Parameter* const one =
          in_form ? request.mutable_form()->add_fields() : request.add_query();
      one->set_name(name);
      one->set_value("x");
    });
  };
  for (const bool in_form : {false, true}) {
    for (const char* name :
         {"sessionName", "sessionname", "sessionName[]", " sessionName", "_method"}) {
      parameter("corebos", name, in_form);
    }
    for (const char* name : {"ses", "api_key", "nonce", "signature", "nonce[]", "Signature"}) {
      parameter("icash", name, in_form);
    }
  }
  attack("corebos", [](v1::HttpRequest& request) { request.set_method("TRACE"); });
  attack("corebos", [](v1::HttpRequest& request) { request.set_method("GET"); });
  attack("corebos", [](v1::HttpRequest& request) {
    request.set_raw(std::string((std::size_t{1} << 20) + 1, 'x'));
  });
  attack("corebos", [](v1::HttpRequest& request) { request.set_raw("operation=create"); });
  for (const auto& [provider, request] : attacks) {
    const ProviderAnswer answer = CallProvider(stub.get(), provider, "main", request);
    EXPECT_EQ(answer.status.error_code(), grpc::INVALID_ARGUMENT)
        << answer << "\n"
        << request.ShortDebugString().substr(0, 300);
    EXPECT_THAT(answer.status.error_message(), Not(HasSubstr("evil")));
  }
  EXPECT_EQ(Count("corebos", "create") + Count("icash", "getoperation"), 0);
}

// One key of iCash's, whose simulator refuses a nonce that has not risen when it arrives.
class IcashCallTest : public CallProviderTest {
 protected:
  static constexpr int kCallers = 8;
  static constexpr char kProvider[] = "icash-patient";

  IcashCallTest() {
    config_.accounts = {DemoAccount("icash"), DemoAccount("icash")};
    config_.accounts[1].account = "second";
    config_.accounts[1].parameters["warehouse_id"] = "786";
    config_.log_level = "info";
    // An hour of nonces ahead of the clock, which the definition allows, is fewer than a test uses.
    const std::string patient = directory().File("icash-patient.yaml");
    std::ofstream(patient) << absl::StrReplaceAll(
        testing::ReadFile("service/providers/icash.yaml"),
        {{"provider: icash", absl::StrCat("provider: ", kProvider)},
         {"raise_by: 60", "raise_by: 60, max_ahead: 24h"}});
    config_.definitions = {patient};
    for (AccountConfig& account : config_.accounts) account.provider = kProvider;
  }

  // One call, which a restart of the broker may meet; how often it had to be made.
  int CallOnce(int caller, int number) {
    const v1::HttpRequest request = Post(kGetOperation, {{"OperationID", absl::StrCat(number)}});
    for (int tries = 1; tries < 1000; ++tries) {
      const std::shared_ptr<v1::SessionBroker::Stub> stub = CurrentStub();
      const ProviderAnswer answer =
          CallProvider(stub.get(), kProvider, caller % 2 == 0 ? "main" : "second", request);
      if (answer.ok()) {
        EXPECT_EQ(answer.Json()["status"], 1) << "the provider refused: " << answer;
        EXPECT_EQ(answer.Json()["data"]["OperationID"], absl::StrCat(number)) << answer;
        return tries;
      }
      // The broker that goes; nothing of the provider's. gRPC cancels what comes as it closes.
      EXPECT_THAT(answer.status.error_code(), AnyOf(grpc::UNAVAILABLE, grpc::CANCELLED)) << answer;
      EXPECT_TRUE(answer.reason.empty() || answer.reason == "DRAINING") << answer;
      if (HasFailure()) break;
      absl::SleepFor(absl::Milliseconds(5));
    }
    ADD_FAILURE() << "no answer";
    return 0;
  }

  // `calls` by each of so many callers at once; how many tries beyond that.
  int CallAll(int calls, const std::function<void()>& meanwhile) {
    std::atomic<int> tries{0};
    std::vector<std::thread> callers;
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < calls; ++i) tries += CallOnce(caller, i);
      });
    }
    meanwhile();
    for (std::thread& caller : callers) caller.join();
    return tries - calls * kCallers;
  }

  void Use(const BrokerProcess& broker) {
    const std::lock_guard<std::mutex> lock(mutex_);
    stub_ = broker.Stub();
  }
  std::shared_ptr<v1::SessionBroker::Stub> CurrentStub() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return stub_;
  }

  BrokerConfig config_;
  std::mutex mutex_;
  std::shared_ptr<v1::SessionBroker::Stub> stub_;
};

TEST_F(IcashCallTest, EightCallersOfOneKeySeeNoRefusal) {
  constexpr int kCalls = 500;
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  Use(*broker);
  EXPECT_EQ(CallAll(kCalls, [] {}), 0);
  EXPECT_EQ(Count("icash", "getoperation", "ok"), kCallers * kCalls);
  EXPECT_EQ(Count("icash", "getoperation"), kCallers * kCalls) << "each was sent once";
  EXPECT_EQ(Count("icash", "", "nonce_not_risen"), 0);
  EXPECT_EQ(Count("icash", "login"), 2) << "one for each account";
}

TEST_F(IcashCallTest, EightCallersOfOneKeySeeNoRefusalThroughARestart) {
  constexpr int kCalls = 500;
  auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  Use(*broker);
  CallAll(kCalls, [&] {
    while (Count("icash", "getoperation") < kCallers * kCalls / 2) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    EXPECT_THAT(broker->Stop(), testing::IsOk());
    broker = StartBroker(config_);
    ASSERT_NE(broker, nullptr);
    Use(*broker);
  });
  EXPECT_GE(Count("icash", "getoperation", "ok"), kCallers * kCalls);
  EXPECT_EQ(Count("icash", "", "nonce_not_risen"), 0);
}

TEST_F(IcashCallTest, NonceThatAnotherClientUsedIsLeftBehindUnseen) {
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  Use(*broker);
  AddFault({.kind = FaultKind::kExpiredChallenge, .family = "icash", .operation = "getoperation"});
  EXPECT_EQ(CallOnce(0, 7), 1);
  EXPECT_EQ(Count("icash", "getoperation", "nonce_taken"), 1);
  EXPECT_EQ(Count("icash", "getoperation", "ok"), 1);
  EXPECT_EQ(Count("icash", "login"), 1);
  EXPECT_EQ(broker->Metric("sessionbroker_call_replays_total{outcome=\"nonce_rejected\",provider="
                           "\"icash-patient\"}"),
            1);
}

TEST_F(IcashCallTest, DeadSessionCostsOneMoreNonceThenALogin) {
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  Use(*broker);
  CallOnce(0, 7);
  ASSERT_THAT(simulator().KillSessions("icash"), testing::IsOk());
  EXPECT_EQ(CallOnce(0, 8), 1);
  EXPECT_EQ(Count("icash", "getoperation", "wrong_session"), 2);
  EXPECT_EQ(Count("icash", "login", "ok"), 2);
  EXPECT_EQ(Count("icash", "", "nonce_not_risen"), 0);
}

TEST_F(IcashCallTest, RefusalThatNothingHelpsGoesToTheCaller) {
  const auto broker = StartBroker(config_);
  ASSERT_NE(broker, nullptr);
  const auto stub = broker->Stub();
  AddFault({.kind = FaultKind::kWrongCredentials,
            .family = "icash",
            .operation = "getoperation",
            .count = 0});
  const ProviderAnswer answer =
      CallProvider(stub.get(), kProvider, "main", Post(kGetOperation, {{"OperationID", "7"}}));
  ASSERT_TRUE(answer.ok()) << answer;
  EXPECT_EQ(answer.Json()["error_message"], "Authentication Error") << answer;
  EXPECT_EQ(Count("icash", "getoperation"), 3) << "a number, a session, and no more";
  EXPECT_EQ(Count("icash", "login", "ok"), 2);
}

}  // namespace
}  // namespace sessionbroker::e2e
