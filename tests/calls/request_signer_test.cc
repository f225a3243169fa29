#include "service/calls/request_signer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "service/base/error.h"
#include "tests/login/programs.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/fake_authenticator.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_scheduler.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::calls {
namespace {

using base::Reason;
using ::testing::ElementsAre;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Pair;

// Counts up from 1552990302, unless it is told not to.
class FakeSequences final : public login::SequenceSource {
 public:
  explicit FakeSequences(base::Scheduler* scheduler) : scheduler_(scheduler) {}

  void Reserve(const login::SequenceId& id, const login::SequenceSpec& /*spec*/,
               std::optional<int64_t> /*above*/, Callback done) override {
    keys.push_back(id.key);
    absl::StatusOr<int64_t> result = error.ok() ? absl::StatusOr<int64_t>(next++) : error;
    scheduler_->Post([result, done = std::move(done)]() mutable { done(result); });
  }

  std::vector<std::string> keys;
  int64_t next = 1552990302;
  absl::Status error;

 private:
  base::Scheduler* const scheduler_;
};

std::shared_ptr<login::Account> Account(std::shared_ptr<const login::Program> program,
                                        const std::string& provider,
                                        std::map<std::string, std::string> parameters,
                                        const std::map<std::string, std::string>& secrets) {
  auto account = login::MakeAccount(std::move(program), std::move(parameters), secrets);
  account->id = {provider, "main"};
  return account;
}

std::shared_ptr<login::Account> Till() {
  return Account(
      login::Builtin("icash"), "icash",
      {{"api_key", "5kdkuujr8l50iv6yp504qxn2grnlhm2h"}, {"warehouse_id", "785"}, {"user_id", "1"}},
      {{"secret_key", "0ptpe0rekdtasktyj1nhjxhzbz1bk5n3"}});
}

// Adds a secret to each request, and has no sessions.
std::shared_ptr<login::Account> Injected() {
  return Account(login::MustCompile(R"yaml(
schema: 1
provider: injected
secrets: {key: K}
inject: {headers: {X-Key: "${secret.key}"}}
)yaml"),
                 "injected", {}, {{"key", "k3y-s3cr3t"}});
}

// Signs each request, and has no sessions.
std::shared_ptr<login::Account> Sessionless() {
  return Account(login::MustCompile(R"yaml(
schema: 1
provider: signed
secrets: {key: K}
sign: {headers: {X-Sig: "${hex(sha256(string(unix(now)) + secret.key))}"}}
)yaml"),
                 "signed", {}, {{"key", "k3y-s3cr3t"}});
}

// A session as the definition of icash gives one.
login::Grant TillSession(const std::string& id) {
  login::Grant grant;
  grant.id = secrets::Secret(id);
  grant.attachments = {{login::Location::kForm, "ses", grant.id, {"POST"}}};
  grant.idle = absl::Seconds(900);
  return grant;
}

class RequestSignerTest : public ::testing::Test {
 protected:
  RequestSignerTest() {
    sessions::SessionManager::Dependencies dependencies =
        sessions::PlainDependencies([](const login::Account& account) {
          sessions::AccountPolicy policy;
          policy.life.idle = absl::Seconds(900);
          if (!account.program->has_sessions()) policy.no_sessions = Reason::kInjectOnly;
          return policy;
        });
    dependencies.clock = &clock_;
    dependencies.scheduler = &scheduler_;
    dependencies.authenticator = &authenticator_;
    dependencies.metrics = &metrics_;
    manager_ = sessions::SessionManager::Create(std::move(dependencies), {},
                                                {Till(), Injected(), Sessionless()})
                   .value();
    signer_ = std::make_unique<RequestSigner>(
        RequestSigner::Dependencies{.scheduler = &scheduler_,
                                    .clock = &clock_,
                                    .random = &crypto::SystemRandom(),
                                    .sessions = manager_.get(),
                                    .sequences = &sequences_});
  }

  RequestSigner::PendingSign Begin(const std::string& provider, Request request) {
    return signer_->Sign(
        {provider, "main"}, std::move(request),
        [this](absl::StatusOr<SignedRequest> result) { results_.push_back(std::move(result)); });
  }

  absl::StatusOr<SignedRequest> Sign(const std::string& provider, Request request) {
    results_.clear();
    Begin(provider, std::move(request));
    EXPECT_TRUE(results_.empty()) << "it called back inside";
    scheduler_.RunReady();
    if (results_.size() != 1) return absl::InternalError("no answer, or several");
    return std::move(results_[0]);
  }

  static Request Post() {
    return Request{"POST", "/clientapi/v1/sale", {}, {}, FormBody{{{"amount", "1.50"}}}};
  }

  testing::FakeClock clock_;
  testing::FakeScheduler scheduler_{&clock_};
  testing::FakeAuthenticator authenticator_{&scheduler_};
  FakeSequences sequences_{&scheduler_};
  telemetry::Metrics metrics_;
  std::unique_ptr<sessions::SessionManager> manager_;
  std::unique_ptr<RequestSigner> signer_;
  std::vector<absl::StatusOr<SignedRequest>> results_;
};

TEST_F(RequestSignerTest, ARequestIsSignedWithSessionAndANumberOfItsOwn) {
  authenticator_.Script(TillSession("66a8"));
  SB_ASSERT_OK_AND_ASSIGN(const SignedRequest first, Sign("icash", Post()));
  EXPECT_EQ(first.completed.request.url, "https://example.com/clientapi/v1/sale");
  EXPECT_EQ(first.completed.request.body,
            "amount=1.50&ses=66a8&nonce=1552990302&signature="
            "B2C82054109B5BC4FFEC9B2191CFF5AD93FC969F83D209924DD003759ECF7EE2");
  EXPECT_THAT(first.numbers, ElementsAre(Pair("api", 1552990302)));
  ASSERT_NE(first.session, nullptr);
  SB_ASSERT_OK_AND_ASSIGN(const SignedRequest second, Sign("icash", Post()));
  EXPECT_THAT(second.numbers, ElementsAre(Pair("api", 1552990303)));
  EXPECT_EQ(second.session, first.session);
  EXPECT_EQ(authenticator_.logins(), 1u);
  EXPECT_THAT(sequences_.keys,
              ElementsAre("5kdkuujr8l50iv6yp504qxn2grnlhm2h", "5kdkuujr8l50iv6yp504qxn2grnlhm2h"));
}

TEST_F(RequestSignerTest, WithoutSessionsNobodyLogsIn) {
  SB_ASSERT_OK_AND_ASSIGN(const SignedRequest request, Sign("signed", {"GET", "/x", {}, {}, {}}));
  EXPECT_EQ(request.session, nullptr);
  ASSERT_EQ(request.completed.request.headers.size(), 1u);
  EXPECT_EQ(request.completed.request.headers[0].name, "X-Sig");
  EXPECT_EQ(authenticator_.logins(), 0u);
}

TEST_F(RequestSignerTest, WhatMustNotBeHandedOutIsRefusedBeforeAnythingIsSpent) {
  EXPECT_THAT(Sign("injected", {"GET", "/", {}, {}, {}}), HasReason(Reason::kInjectOnly));
  Request with_nonce = Post();
  with_nonce.query = {{"Nonce[]", "1"}};
  EXPECT_THAT(Sign("icash", with_nonce), HasReason(Reason::kInvalidArgument));
  EXPECT_THAT(Sign("icash", {"POST", "/../x", {}, {}, {}}), HasReason(Reason::kInvalidArgument));
  EXPECT_THAT(Sign("nobody", Post()), HasReason(Reason::kAccountUnknown));
  EXPECT_EQ(authenticator_.logins(), 0u);
  EXPECT_TRUE(sequences_.keys.empty());
}

TEST_F(RequestSignerTest, AParameterOfTheBrokersAndARawBodyDoNotGoTogether) {
  authenticator_.Script(TillSession("66a8"));
  Request raw = Post();
  raw.body = RawBody{"amount=1.50"};
  const auto refused = Sign("icash", raw);
  EXPECT_THAT(refused, HasReason(Reason::kInvalidArgument));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("the body is raw"));
}

TEST_F(RequestSignerTest, WhyThereIsNoSessionOrNumberIsTold) {
  authenticator_.Script(base::MakeError(Reason::kCredentialsRejected, "refused"));
  EXPECT_THAT(Sign("icash", Post()), HasReason(Reason::kCredentialsRejected));
  EXPECT_TRUE(sequences_.keys.empty());
  manager_->Unlatch({"icash", "main"}, [](auto) {});
  authenticator_.Script(TillSession("66a8"));
  sequences_.error = base::MakeError(Reason::kSequenceAhead, "ahead");
  EXPECT_THAT(Sign("icash", Post()), HasReason(Reason::kSequenceAhead));
}

TEST_F(RequestSignerTest, OneWhoGivesUpIsNotCalledAndTakesNoNumber) {
  authenticator_.Hold();
  authenticator_.Script(TillSession("66a8"));
  RequestSigner::PendingSign pending = Begin("icash", Post());
  scheduler_.RunReady();
  EXPECT_TRUE(pending.GiveUp());
  EXPECT_FALSE(pending.GiveUp());
  authenticator_.Release();
  scheduler_.RunReady();
  EXPECT_TRUE(results_.empty());
  EXPECT_TRUE(sequences_.keys.empty());
  // The login went on.
  EXPECT_THAT(Sign("icash", Post()), IsOk());
  EXPECT_EQ(authenticator_.logins(), 1u);
}

TEST_F(RequestSignerTest, AnAccountThatIsConfiguredAnewMeanwhileIsTakenAsItIsThen) {
  authenticator_.Hold();
  authenticator_.Script(TillSession("old"));
  Begin("icash", Post());
  scheduler_.RunReady();
  const std::shared_ptr<login::Account> moved = Till();
  moved->base_url = "https://moved.example.com";
  manager_->Configure(moved);
  authenticator_.Script(TillSession("new"));
  authenticator_.Release();
  scheduler_.RunReady();
  ASSERT_EQ(results_.size(), 1u);
  ASSERT_THAT(results_[0], IsOk());
  EXPECT_EQ(results_[0]->completed.request.url, "https://moved.example.com/clientapi/v1/sale");
  EXPECT_THAT(results_[0]->completed.request.body, HasSubstr("ses=new"));
}

}  // namespace
}  // namespace sessionbroker::calls
