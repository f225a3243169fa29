#include "service/calls/call_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/http/unsent.h"
#include "tests/login/programs.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/fake_transport.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::calls {
namespace {

using base::Reason;
using login::Outcome;
using sessions::SessionPtr;
using ::testing::ElementsAre;
using testing::FakeTransport;
using testing::GrantWithId;
using testing::HasReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Optional;
using ::testing::SizeIs;

// What every definition of these tests has in common; the sessions of a FakeAuthenticator fit.
constexpr char kCommon[] = R"yaml(
schema: 1
provider: demo
account: {api_key: The key.}
secrets: {key: The secret.}
login:
  - step: s
    request: {method: POST, path: /s, form: {k: "${account.api_key}", s: "${secret.key}"}}
    answers: [{then: ok}]
    extract: {id: json:/id}
session: {id: "${id}", attach: [{query: sessionid}]}
call:
  answers:
    - {when: {status: 200, body: {contains: [nonce]}}, then: nonce_rejected, after_retry: session_expired}
    - {when: {status: 200, body: {contains: [dead]}}, then: session_expired}
    - {when: {status: {at_least: 200, at_most: 299}}, then: ok}
)yaml";
constexpr char kNoNonceCommon[] = R"yaml(
schema: 1
provider: demo
account: {api_key: The key.}
secrets: {key: The secret.}
login:
  - step: s
    request: {method: POST, path: /s, form: {k: "${account.api_key}", s: "${secret.key}"}}
    answers: [{then: ok}]
    extract: {id: json:/id}
session: {id: "${id}", attach: [{query: sessionid}]}
call:
  answers:
    - {when: {status: 200, body: {contains: [dead]}}, then: session_expired}
    - {when: {status: {at_least: 200, at_most: 299}}, then: ok}
)yaml";
constexpr char kInOrder[] = R"yaml(
sequences: {api: {key: account.api_key, raise_by: 60, in_order: true}}
sign: {query: {n: "${next.api}"}}
)yaml";
constexpr char kAnyOrder[] = R"yaml(
sequences: {api: {key: account.api_key, raise_by: 60}}
sign: {query: {n: "${next.api}"}}
)yaml";
constexpr char kInject[] = R"yaml(
inject: {headers: {X-Key: "${secret.key}"}}
)yaml";
constexpr char kSecret[] = "k3y-s3cr3t";

// Gives 1, 2, 3 …, or what is asked for above; or an error.
class CountingSequences final : public login::SequenceSource {
 public:
  explicit CountingSequences(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  void Reserve(const login::SequenceId& /*id*/, const login::SequenceSpec& /*spec*/,
               std::optional<int64_t> above, Callback done) override {
    if (stuck) return;
    last_ = std::max(last_, above.value_or(0)) + 1;
    absl::StatusOr<int64_t> number = last_;
    if (!error.ok()) number = error;
    scheduler_->Post([number = std::move(number), done = std::move(done)]() mutable {
      std::move(done)(std::move(number));
    });
  }

  absl::Status error;
  bool stuck = false;

 private:
  base::Scheduler* const scheduler_;
  int64_t last_ = 0;
};

class CallDriverTest : public ::testing::Test, protected sessions::ManagerHarness {
 protected:
  using Result = std::optional<absl::StatusOr<CallAnswer>>;
  // What an observer was told; a report lives only for the call.
  struct Reported {
    absl::Status status;
    std::optional<Outcome> outcome;
    int sends;
    bool another_number;
    bool another_session;
    absl::Duration waited;
    absl::Duration duration;
  };

  CallDriverTest() : ManagerHarness({}) { Use(absl::StrCat(kNoNonceCommon)); }

  // The accounts acme and other are of this definition from now on, with the same key.
  void Use(const std::string& yaml) {
    program_ = login::MustCompile(yaml);
    for (const char* name : {"acme", "other"}) Configure(name, "key", "https://example.com");
    driver_ =
        std::make_unique<CallDriver>(dependencies_, options_, [this](const CallReport& report) {
          reports_.push_back({report.status, report.outcome, report.sends, report.tried.number,
                              report.tried.session, report.waited, report.duration});
        });
    transport_.SetPeer([this](const http::Request& request) { return Answer(request); });
  }
  void Configure(const std::string& name, const std::string& api_key, const std::string& base_url) {
    auto account = login::MakeAccount(program_, {{"api_key", api_key}}, {{"key", kSecret}});
    account->id.account = name;
    account->base_url = base_url;
    account->idle = absl::Seconds(1000);
    manager->Configure(account);
    scheduler.RunReady();
  }

  static CallOrder Order(const std::string& caller = "me", const std::string& account = "acme") {
    CallOrder order;
    order.account = {.provider = "demo", .account = account};
    order.request.method = "POST";
    order.request.path = "/orders";
    order.request.body = RawBody{"{}"};
    order.caller = caller;
    return order;
  }

  // The result goes to the place that is returned.
  std::shared_ptr<Result> Call(CallOrder order, CallDriver::PendingCall* pending = nullptr) {
    auto result = std::make_shared<Result>();
    CallDriver::PendingCall call =
        driver_->Call(std::move(order), [result](absl::StatusOr<CallAnswer> answer) {
          EXPECT_FALSE(result->has_value()) << "called twice";
          *result = std::move(answer);
        });
    if (pending != nullptr) *pending = call;
    return result;
  }
  // And lets everything run that needs no time.
  absl::StatusOr<CallAnswer> CallNow(CallOrder order) {
    const std::shared_ptr<Result> result = Call(std::move(order));
    scheduler.RunReady();
    return result->value_or(absl::UnknownError("it is not over"));
  }
  absl::StatusOr<CallAnswer> CallNow() { return CallNow(Order()); }

  // The peer: what a test says, in turn, and then 201.
  FakeTransport::Reply Answer(const http::Request& request) {
    bodies_.push_back(request.body);
    if (peer_) return peer_(request);
    if (replies_.empty()) return {Response(201, "made"), delay_};
    FakeTransport::Reply reply = std::move(replies_.front());
    replies_.erase(replies_.begin());
    return reply;
  }
  static http::Response Response(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.headers = {{"Content-Type", "text/plain"}, {"Set-Cookie", "a=b"}};
    response.body = std::move(body);
    return response;
  }
  void Reply(int status, std::string body) { replies_.push_back({Response(status, body), delay_}); }
  void Reply(absl::Status error) { replies_.push_back({std::move(error), delay_}); }

  // The URLs of all requests so far, behind the origin.
  std::vector<std::string> Sent() const {
    std::vector<std::string> paths;
    for (const FakeTransport::Sent& sent : transport_.sent()) {
      paths.push_back(std::string(absl::StripPrefix(sent.url, "https://example.com")));
    }
    return paths;
  }
  std::size_t logins() const { return authenticator.logins(); }

  std::shared_ptr<const login::Program> program_;
  FakeTransport transport_{&scheduler};
  CountingSequences sequences_{&scheduler};
  login::SequenceTurns turns_{&scheduler};
  const CallDriver::Dependencies dependencies_{.scheduler = &scheduler,
                                               .clock = &clock,
                                               .random = &crypto::SystemRandom(),
                                               .transport = &transport_,
                                               .sessions = manager.get(),
                                               .sequences = &sequences_,
                                               .turns = &turns_};
  CallDriver::Options options_;
  std::vector<FakeTransport::Reply> replies_;
  FakeTransport::Peer peer_;
  absl::Duration delay_;
  std::vector<std::string> bodies_;
  std::vector<Reported> reports_;
  std::unique_ptr<CallDriver> driver_;
};

TEST_F(CallDriverTest, RequestIsSentWithTheSessionAndTheAnswerComesBackAsItIs) {
  Reply(409, "conflict");
  const absl::StatusOr<CallAnswer> answer = CallNow();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->body, "conflict");
  ASSERT_THAT(answer->headers, SizeIs(1)) << "without Set-Cookie";
  EXPECT_EQ(answer->headers[0].name, "Content-Type");
  EXPECT_EQ(answer->session_version,
            manager->TryGet({"demo", "acme"}, absl::ZeroDuration())->version);
  EXPECT_THAT(Sent(), ElementsAre("/orders?sessionid=session-1"));
  EXPECT_THAT(bodies_, ElementsAre("{}"));
  EXPECT_EQ(logins(), 1u) << "there was no session";
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_THAT(reports_[0].status, IsOk());
  EXPECT_EQ(reports_[0].sends, 1);
  EXPECT_EQ(reports_[0].outcome, std::nullopt);
}

TEST_F(CallDriverTest, SessionInHandServesManyCallsAtOnce) {
  delay_ = absl::Seconds(1);
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  std::vector<std::shared_ptr<Result>> results;
  for (int i = 0; i < 10; ++i) results.push_back(Call(Order()));
  scheduler.RunReady();
  EXPECT_EQ(transport_.open(), 10u);
  scheduler.Advance(absl::Seconds(1));
  for (const auto& result : results) EXPECT_THAT(**result, IsOk());
  EXPECT_EQ(logins(), 1u);
}

TEST_F(CallDriverTest, DeadSessionIsRenewedOnceAndTheRequestSentOnceMore) {
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  Reply(200, "dead");
  const absl::StatusOr<CallAnswer> answer = CallNow();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, "made");
  EXPECT_THAT(Sent(), ElementsAre("/orders?sessionid=session-1", "/orders?sessionid=session-2"));
  EXPECT_THAT(bodies_, ElementsAre("{}", "{}"));
  EXPECT_EQ(logins(), 2u);
  EXPECT_EQ(reports_[0].sends, 2);
  EXPECT_TRUE(reports_[0].another_session);
}

TEST_F(CallDriverTest, SecondRefusalGoesToTheCallerAndInvalidatesNothing) {
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  Reply(200, "dead");
  Reply(200, "dead, too");
  const absl::StatusOr<CallAnswer> answer = CallNow();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, "dead, too");
  EXPECT_EQ(logins(), 2u);
  const SessionPtr session = manager->TryGet({"demo", "acme"}, absl::ZeroDuration());
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(session->version, answer->session_version);
}

TEST_F(CallDriverTest, ManyCallsThatMeetOneDeadSessionCostOneLogin) {
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  delay_ = absl::Seconds(1);
  peer_ = [this](const http::Request& request) {
    return FakeTransport::Reply{
        absl::StrContains(request.url, "session-1") ? Response(200, "dead") : Response(200, "fine"),
        delay_};
  };
  std::vector<std::shared_ptr<Result>> results;
  for (int i = 0; i < 100; ++i) results.push_back(Call(Order()));
  scheduler.Advance(absl::Seconds(3));
  for (const auto& result : results) {
    ASSERT_TRUE(result->has_value());
    ASSERT_THAT(**result, IsOk());
    EXPECT_EQ((**result)->body, "fine");
  }
  EXPECT_EQ(logins(), 2u);
  EXPECT_EQ(transport_.sent().size(), 200u);
}

TEST_F(CallDriverTest, WhereAProbeFindsTheSessionAliveTheRefusalGoesToTheCaller) {
  policy.has_probe = true;
  Configure("acme", "key", "https://example.com");
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  Reply(200, "dead, says who?");
  const absl::StatusOr<CallAnswer> answer = CallNow();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, "dead, says who?");
  EXPECT_EQ(transport_.sent().size(), 1u);
  EXPECT_EQ(logins(), 1u);
  EXPECT_THAT(authenticator.probed(), SizeIs(1));
}

TEST_F(CallDriverTest, LoginThatGivesTheSameIdIsANewSessionAllTheSame) {
  authenticator.Script(GrantWithId("same"));
  authenticator.Script(GrantWithId("same"));
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  clock.Advance(absl::Seconds(1));
  Reply(200, "dead");
  const absl::StatusOr<CallAnswer> answer = CallNow();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, "made");
  EXPECT_EQ(logins(), 2u);
}

TEST_F(CallDriverTest, WhereNoOtherSessionCanBeHadTheCallerIsToldWhy) {
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  authenticator.Script(base::MakeError(Reason::kCredentialsRejected, "refused"));
  Reply(200, "dead");
  EXPECT_THAT(CallNow(), HasReason(Reason::kCredentialsRejected));
  EXPECT_EQ(transport_.sent().size(), 1u);
}

TEST_F(CallDriverTest, WhatMayHaveBeenExecutedIsNeverSentAgain) {
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  for (const absl::Status& error :
       {absl::UnavailableError("reset"), absl::DeadlineExceededError("late"),
        absl::DataLossError("broken off"), absl::ResourceExhaustedError("too large")}) {
    const std::size_t before = transport_.sent().size();
    Reply(error);
    const absl::StatusOr<CallAnswer> answer = CallNow();
    EXPECT_THAT(answer, HasReason(Reason::kCallUnanswered)) << error;
    EXPECT_THAT(std::string(answer.status().message()), HasSubstr("no whole answer: "));
    EXPECT_EQ(base::DetailsOf(answer.status()).retry_after, std::nullopt) << "gRPC would try again";
    EXPECT_EQ(transport_.sent().size(), before + 1);
  }
  EXPECT_EQ(logins(), 1u);
}

TEST_F(CallDriverTest, WhatWasNotSentMayBeTriedAgainByTheCaller) {
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  Reply(http::MarkUnsent(absl::UnavailableError("refused")));
  const absl::StatusOr<CallAnswer> answer = CallNow();
  EXPECT_THAT(answer, HasReason(Reason::kProviderUnreachable));
  EXPECT_EQ(answer.status().message(), "not sent: refused");
}

TEST_F(CallDriverTest, RequestHasTheTimeThatItsCallerHasLeft) {
  options_.timeout = absl::Seconds(20);
  options_.max_answer_bytes = 4711;
  Use(kNoNonceCommon);
  authenticator.Hold();
  CallOrder order = Order();
  order.patience = absl::Seconds(5);
  const std::shared_ptr<Result> result = Call(std::move(order));
  const std::shared_ptr<Result> patient = Call(Order());
  scheduler.Advance(absl::Seconds(2));
  authenticator.Release();
  scheduler.RunReady();
  ASSERT_THAT(transport_.sent(), SizeIs(2));
  EXPECT_EQ(transport_.sent()[0].options.timeout, absl::Seconds(3));
  EXPECT_EQ(transport_.sent()[1].options.timeout, absl::Seconds(18));
  EXPECT_EQ(transport_.sent()[0].options.max_response_bytes, 4711u);
  EXPECT_FALSE(transport_.sent()[0].options.allow_private_address);
  EXPECT_THAT(**result, IsOk());
  EXPECT_EQ(reports_[0].waited, absl::Seconds(2));
}

TEST_F(CallDriverTest, CallThatGetsNoSessionInTimeIsTold) {
  authenticator.Hold();
  CallOrder order = Order();
  order.patience = absl::Seconds(5);
  const std::shared_ptr<Result> result = Call(std::move(order));
  scheduler.Advance(absl::Seconds(5) - absl::Nanoseconds(1));
  EXPECT_FALSE(result->has_value());
  scheduler.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(result->has_value());
  EXPECT_THAT(**result, HasReason(Reason::kProviderUnreachable));
  EXPECT_EQ((*result)->status().message(), "not sent within 5s: no session in that time");
  authenticator.Release();
  scheduler.Advance(absl::Seconds(60));
  EXPECT_THAT(transport_.sent(), IsEmpty());
}

TEST_F(CallDriverTest, CallerThatGoesBeforeItsRequestIsSentSendsNothing) {
  authenticator.Hold();
  CallDriver::PendingCall pending;
  const std::shared_ptr<Result> result = Call(Order(), &pending);
  scheduler.RunReady();
  EXPECT_TRUE(pending.GiveUp());
  EXPECT_FALSE(pending.GiveUp());
  authenticator.Release();
  scheduler.Advance(absl::Seconds(60));
  EXPECT_FALSE(result->has_value());
  EXPECT_THAT(transport_.sent(), IsEmpty());
  EXPECT_EQ(logins(), 1u) << "the login goes on";
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_EQ(reports_[0].status.code(), absl::StatusCode::kCancelled);
}

TEST_F(CallDriverTest, CallerThatGoesWhileItsRequestIsOutEndsIt) {
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  delay_ = absl::Seconds(5);
  CallDriver::PendingCall pending;
  const std::shared_ptr<Result> result = Call(Order(), &pending);
  scheduler.RunReady();
  EXPECT_EQ(transport_.open(), 1u);
  EXPECT_TRUE(pending.GiveUp());
  scheduler.Advance(absl::Seconds(60));
  EXPECT_EQ(transport_.cancelled(), 1u);
  EXPECT_FALSE(result->has_value());
}

TEST_F(CallDriverTest, CallerThatGoesTooLateHasItsAnswer) {
  CallDriver::PendingCall pending;
  const std::shared_ptr<Result> result = Call(Order(), &pending);
  scheduler.RunReady();
  EXPECT_FALSE(pending.GiveUp());
  EXPECT_THAT(**result, IsOk());
  EXPECT_FALSE(CallDriver::PendingCall().GiveUp());
}

TEST_F(CallDriverTest, RequestThatMayNotBeSentIsRefusedAndCausesNoLogin) {
  CallOrder order = Order();
  order.request.path = "/../x";
  EXPECT_THAT(CallNow(order), HasReason(Reason::kInvalidArgument));
  order = Order();
  order.request.query = {{"SessionId[]", "mine"}};
  EXPECT_THAT(CallNow(order), HasReason(Reason::kInvalidArgument));
  EXPECT_EQ(logins(), 0u);
  EXPECT_THAT(transport_.sent(), IsEmpty());
}

TEST_F(CallDriverTest, UnknownAccountIsTold) {
  EXPECT_THAT(CallNow(Order("me", "nobody")), HasReason(Reason::kAccountUnknown));
}

TEST_F(CallDriverTest, MoreCallsThanMayBeUnderWayAreTurnedAway) {
  options_.max_calls = 2;
  Use(kNoNonceCommon);
  authenticator.Hold();
  const auto first = Call(Order());
  const auto second = Call(Order());
  EXPECT_THAT(CallNow(), HasReason(Reason::kQueueFull));
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(**first, IsOk());
  EXPECT_THAT(**second, IsOk());
  EXPECT_THAT(CallNow(), IsOk());
}

TEST_F(CallDriverTest, AfterShutdownNothingBeginsAndWhatIsUnderWayEnds) {
  delay_ = absl::Seconds(1);
  const auto before = Call(Order());
  scheduler.RunReady();
  driver_->Shutdown();
  bool idle = false;
  driver_->WhenIdle([&] { idle = true; });
  EXPECT_THAT(CallNow(), HasReason(Reason::kDraining));
  EXPECT_FALSE(idle);
  scheduler.Advance(absl::Seconds(1));
  EXPECT_THAT(**before, IsOk());
  EXPECT_TRUE(idle);
  idle = false;
  driver_->WhenIdle([&] { idle = true; });
  scheduler.RunReady();
  EXPECT_TRUE(idle);
}

TEST_F(CallDriverTest, UseExtendsASlidingSession) {
  const SessionPtr session = *Get({"demo", "acme"});
  clock.Advance(absl::Seconds(300));
  ASSERT_THAT(CallNow(), IsOk());
  EXPECT_GT(manager->TryGet({"demo", "acme"}, absl::ZeroDuration())->expires_at,
            session->expires_at);
  EXPECT_EQ(logins(), 1u);
}

TEST_F(CallDriverTest, AnswerThatSaysNothingOfTheSessionExtendsNothing) {
  const SessionPtr session = *Get({"demo", "acme"});
  clock.Advance(absl::Seconds(300));
  Reply(404, "");
  ASSERT_THAT(CallNow(), IsOk());
  EXPECT_EQ(manager->TryGet({"demo", "acme"}, absl::ZeroDuration()), session);
}

TEST_F(CallDriverTest, SessionOfAFormerBaseUrlIsNotSentToTheNewOne) {
  authenticator.Hold();
  const std::shared_ptr<Result> result = Call(Order());
  scheduler.RunReady();
  Configure("acme", "key", "https://new.example");
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(**result, IsOk());
  EXPECT_THAT(Sent(), ElementsAre("https://new.example/orders?sessionid=session-2"));
}

TEST_F(CallDriverTest, AnswerWithASecretThatTheRequestCarriedIsNotShown) {
  Use(absl::StrCat(kNoNonceCommon, kInject));
  Reply(200, absl::StrCat("you sent ", kSecret));
  const absl::StatusOr<CallAnswer> answer = CallNow();
  EXPECT_THAT(answer, HasReason(Reason::kProviderProtocolError));
  EXPECT_FALSE(absl::StrContains(answer.status().message(), kSecret));
  EXPECT_THAT(CallNow(), IsOk());
}

// With numbers, one at a time.
class InOrderTest : public CallDriverTest {
 protected:
  InOrderTest() { Use(absl::StrCat(kCommon, kInOrder)); }

  void LogIn() {
    ASSERT_THAT(Get({"demo", "acme"}), IsOk());
    ASSERT_THAT(Get({"demo", "other"}), IsOk());
  }
};

TEST_F(InOrderTest, RequestsOfOneKeyGoOneAtATimeWhateverTheirAccount) {
  LogIn();
  delay_ = absl::Seconds(1);
  const auto first = Call(Order());
  const auto second = Call(Order("me", "other"));
  scheduler.RunReady();
  EXPECT_THAT(Sent(), ElementsAre("/orders?sessionid=session-1&n=1"));
  scheduler.Advance(absl::Seconds(1));
  EXPECT_THAT(**first, IsOk());
  EXPECT_THAT(Sent(),
              ElementsAre("/orders?sessionid=session-1&n=1", "/orders?sessionid=session-2&n=2"));
  scheduler.Advance(absl::Seconds(1));
  EXPECT_THAT(**second, IsOk());
  EXPECT_EQ(transport_.most_open(), 1u);
}

TEST_F(InOrderTest, RequestsOfOtherKeysDoNotWait) {
  Configure("other", "another key", "https://example.com");
  LogIn();
  delay_ = absl::Seconds(1);
  const auto first = Call(Order());
  const auto second = Call(Order("me", "other"));
  scheduler.RunReady();
  EXPECT_EQ(transport_.open(), 2u);
  scheduler.Advance(absl::Seconds(1));
}

TEST_F(InOrderTest, CallersTakeTurns) {
  LogIn();
  delay_ = absl::Seconds(1);
  std::vector<std::string> order;
  const auto call = [&](const std::string& caller) {
    driver_->Call(Order(caller), [&order, caller](const absl::StatusOr<CallAnswer>& answer) {
      EXPECT_THAT(answer, IsOk());
      order.push_back(caller);
    });
  };
  for (int i = 0; i < 5; ++i) call("greedy");
  call("modest");
  call("late");
  scheduler.Advance(absl::Seconds(10));
  EXPECT_THAT(order,
              ElementsAre("greedy", "greedy", "modest", "late", "greedy", "greedy", "greedy"));
}

TEST_F(InOrderTest, LoginsAndCallsShareTheOrder) {
  LogIn();
  bool login_began = false;
  const auto login =
      turns_.Enter({{"https://example.com", "key"}}, "", [&] { login_began = true; });
  const auto call = Call(Order());
  scheduler.RunReady();
  EXPECT_TRUE(login_began);
  EXPECT_THAT(Sent(), IsEmpty());
  turns_.Leave(login);
  scheduler.RunReady();
  EXPECT_THAT(**call, IsOk());
}

TEST_F(InOrderTest, CallThatNeedsALoginMakesWayForIt) {
  authenticator.Hold();
  const auto call = Call(Order());
  scheduler.RunReady();
  EXPECT_EQ(logins(), 1u);
  bool login_began = false;
  const auto login =
      turns_.Enter({{"https://example.com", "key"}}, "", [&] { login_began = true; });
  scheduler.RunReady();
  EXPECT_TRUE(login_began);
  turns_.Leave(login);
  authenticator.Release();
  scheduler.RunReady();
  EXPECT_THAT(**call, IsOk());
}

TEST_F(InOrderTest, RefusedNumberIsReplacedByAHigherOneBeforeAnyoneElsesTurn) {
  LogIn();
  delay_ = absl::Seconds(1);
  Reply(200, "nonce");
  const auto first = Call(Order("a"));
  const auto second = Call(Order("b"));
  scheduler.Advance(absl::Seconds(3));
  EXPECT_THAT(Sent(),
              ElementsAre("/orders?sessionid=session-1&n=1", "/orders?sessionid=session-1&n=62",
                          "/orders?sessionid=session-1&n=63"));
  ASSERT_THAT(**first, IsOk());
  EXPECT_EQ((**first)->body, "made");
  EXPECT_THAT(**second, IsOk());
  EXPECT_TRUE(reports_[0].another_number);
  EXPECT_EQ(logins(), 2u) << "one for each account";
}

TEST_F(InOrderTest, NumberThatIsRefusedTwiceIsADeadSession) {
  LogIn();
  Reply(200, "nonce");
  Reply(200, "nonce");
  const absl::StatusOr<CallAnswer> answer = CallNow();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, "made");
  EXPECT_THAT(Sent(),
              ElementsAre("/orders?sessionid=session-1&n=1", "/orders?sessionid=session-1&n=62",
                          "/orders?sessionid=session-3&n=63"));
}

TEST_F(InOrderTest, AfterNumberAndSessionTheAnswerGoesToTheCaller) {
  LogIn();
  for (int i = 0; i < 3; ++i) Reply(200, absl::StrCat("nonce ", i));
  const absl::StatusOr<CallAnswer> answer = CallNow();
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->body, "nonce 2");
  EXPECT_EQ(transport_.sent().size(), 3u);
  EXPECT_EQ(logins(), 3u);
  EXPECT_NE(manager->TryGet({"demo", "acme"}, absl::ZeroDuration()), nullptr);
}

TEST_F(InOrderTest, RequestWithoutAnAnswerMakesWay) {
  LogIn();
  Reply(absl::UnavailableError("reset"));
  const auto first = Call(Order());
  const auto second = Call(Order());
  scheduler.RunReady();
  EXPECT_THAT(**first, HasReason(Reason::kCallUnanswered));
  EXPECT_THAT(**second, IsOk());
  EXPECT_EQ(Sent().back(), "/orders?sessionid=session-1&n=2");
}

TEST_F(InOrderTest, CallerThatGoesMakesWay) {
  LogIn();
  delay_ = absl::Seconds(10);
  CallDriver::PendingCall first;
  CallDriver::PendingCall second;
  Call(Order("a"), &first);
  Call(Order("b"), &second);
  const auto third = Call(Order("c"));
  scheduler.RunReady();
  EXPECT_TRUE(second.GiveUp());
  EXPECT_TRUE(first.GiveUp());
  scheduler.Advance(absl::Seconds(10));
  EXPECT_THAT(**third, IsOk());
  EXPECT_EQ(transport_.sent().size(), 2u);
}

TEST_F(InOrderTest, QueueHasABoundAndTellsIt) {
  options_.max_waiting = 2;
  Use(absl::StrCat(kCommon, kInOrder));
  LogIn();
  delay_ = absl::Seconds(1);
  std::vector<std::shared_ptr<Result>> results;
  for (int i = 0; i < 4; ++i) results.push_back(Call(Order()));
  scheduler.RunReady();
  ASSERT_TRUE(results[3]->has_value());
  EXPECT_THAT(**results[3], HasReason(Reason::kQueueFull));
  EXPECT_THAT(std::string((*results[3])->status().message()), HasSubstr("2 calls"));
  scheduler.Advance(absl::Seconds(10));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(**results[i], IsOk());
}

TEST_F(InOrderTest, CallThatGetsNoTurnInTimeIsToldAndPassedOver) {
  LogIn();
  delay_ = absl::Seconds(10);
  const auto first = Call(Order());
  CallOrder hasty = Order();
  hasty.patience = absl::Seconds(3);
  const auto second = Call(std::move(hasty));
  const auto third = Call(Order());
  scheduler.Advance(absl::Seconds(3));
  ASSERT_TRUE(second->has_value());
  EXPECT_THAT(**second, HasReason(Reason::kQueueFull));
  EXPECT_THAT(std::string((*second)->status().message()), HasSubstr("no turn within 3s"));
  scheduler.Advance(absl::Seconds(17));
  EXPECT_THAT(**first, IsOk());
  EXPECT_THAT(**third, IsOk());
  EXPECT_EQ(transport_.sent().size(), 2u);
}

TEST_F(InOrderTest, WithoutANumberNothingIsSent) {
  LogIn();
  sequences_.error = base::MakeError(Reason::kSequenceAhead, "too far ahead");
  EXPECT_THAT(CallNow(), HasReason(Reason::kSequenceAhead));
  EXPECT_THAT(Sent(), IsEmpty());
  sequences_.error = absl::OkStatus();
  sequences_.stuck = true;
  const auto stuck = Call(Order());
  scheduler.Advance(absl::Seconds(30));
  ASSERT_TRUE(stuck->has_value());
  EXPECT_EQ((*stuck)->status().message(), "not sent within 30s: no number in that time");
  sequences_.stuck = false;
  EXPECT_THAT(CallNow(), IsOk());
}

TEST_F(CallDriverTest, NumbersThatMayArriveInAnyOrderDoNotMakeCallsWait) {
  Use(absl::StrCat(kCommon, kAnyOrder));
  ASSERT_THAT(Get({"demo", "acme"}), IsOk());
  delay_ = absl::Seconds(1);
  const auto first = Call(Order());
  const auto second = Call(Order());
  scheduler.RunReady();
  EXPECT_EQ(transport_.open(), 2u);
  scheduler.Advance(absl::Seconds(1));
  EXPECT_THAT(**first, IsOk());
  EXPECT_THAT(**second, IsOk());
}

TEST(NextAfterTest, OnlyWhatWasRefusedUnexecutedIsTriedAgainAndOnlyOnce) {
  const auto verdict = [](std::optional<Outcome> outcome, Outcome after = Outcome::kTransient) {
    return Verdict{.outcome = outcome, .after_retry = after, .rule = 0};
  };
  const Tried none;
  const Tried number{.number = true, .session = false};
  const Tried session{.number = false, .session = true};
  const Tried both{.number = true, .session = true};
  struct Case {
    Verdict verdict;
    Tried tried;
    Next next;
  };
  const Case cases[] = {
      {verdict(std::nullopt), none, Next::kDeliver},
      {verdict(Outcome::kOk), none, Next::kDeliver},
      {verdict(Outcome::kTransient), none, Next::kDeliver},
      {verdict(Outcome::kPermanent), none, Next::kDeliver},
      {verdict(Outcome::kLocked), none, Next::kDeliver},
      {verdict(Outcome::kSessionExpired), none, Next::kRenewSession},
      {verdict(Outcome::kSessionExpired), number, Next::kRenewSession},
      {verdict(Outcome::kSessionExpired), session, Next::kDeliver},
      {verdict(Outcome::kNonceRejected), none, Next::kRaiseNumbers},
      {verdict(Outcome::kNonceRejected), session, Next::kRaiseNumbers},
      {verdict(Outcome::kNonceRejected), number, Next::kDeliver},
      {verdict(Outcome::kNonceRejected, Outcome::kSessionExpired), number, Next::kRenewSession},
      {verdict(Outcome::kNonceRejected, Outcome::kSessionExpired), both, Next::kDeliver},
  };
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(NextAfter(cases[i].verdict, cases[i].tried), cases[i].next) << i;
  }
}

}  // namespace
}  // namespace sessionbroker::calls
