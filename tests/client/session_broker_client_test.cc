#include "client/session_broker_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_broker.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::client {
namespace {

using ::testing::ElementsAre;
using testing::FakeBroker;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Pair;
using testing::StatusIs;

v1::Session SomeSession() {
  v1::Session session;
  session.set_provider("vtiger");
  session.set_account("crm-main");
  session.set_id("4bf00a36");
  session.set_version(1795219200000000);
  return session;
}

std::unique_ptr<SessionBrokerClient> Connect(const ConnectOptions& options) {
  return SessionBrokerClient::Create(options).value();
}

std::unique_ptr<SessionBrokerClient> ConnectTo(const FakeBroker& broker) {
  return Connect({.address = broker.address(), .ca_certificates = ""});
}

TEST(SessionBrokerClientTest, GetSessionAsksForTheAccountAndReturnsItsSession) {
  FakeBroker broker;
  broker.SetSession(SomeSession());
  SB_ASSERT_OK_AND_ASSIGN(const v1::Session session,
                          ConnectTo(broker)->GetSession("vtiger", "crm-main"));
  EXPECT_EQ(session.id(), "4bf00a36");
  EXPECT_EQ(session.version(), 1795219200000000);
  EXPECT_EQ(broker.last_get().provider(), "vtiger");
  EXPECT_EQ(broker.last_get().account(), "crm-main");
  EXPECT_FALSE(broker.last_get().has_min_validity());
}

TEST(SessionBrokerClientTest, MinValidityIsSentExactly) {
  FakeBroker broker;
  const auto client = ConnectTo(broker);
  EXPECT_THAT(client->GetSession("vtiger", "crm-main", absl::Milliseconds(90500)), IsOk());
  EXPECT_EQ(broker.last_get().min_validity().seconds(), 90);
  EXPECT_EQ(broker.last_get().min_validity().nanos(), 500000000);
}

TEST(SessionBrokerClientTest, ListAccountsReadsEveryPage) {
  FakeBroker broker;
  std::vector<v1::Account> accounts;
  for (int i = 0; i < 5; ++i) {
    v1::Account& account = accounts.emplace_back();
    account.set_provider(i < 3 ? "abms" : "vtiger");
    account.set_account(absl::StrCat("account-", i));
  }
  broker.SetAccounts(accounts);
  const auto client = ConnectTo(broker);
  SB_ASSERT_OK_AND_ASSIGN(const auto all, client->ListAccounts());
  EXPECT_EQ(all.size(), 5u);
  SB_ASSERT_OK_AND_ASSIGN(const auto some, client->ListAccounts("vtiger"));
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].account(), "account-3");
  EXPECT_EQ(some[1].account(), "account-4");
}

TEST(SessionBrokerClientTest, AnErrorOfTheBrokerCarriesReasonDelayAndMetadata) {
  FakeBroker broker;
  broker.SetError(grpc::StatusCode::UNAVAILABLE, "PROVIDER_UNREACHABLE", "no answer",
                  absl::Milliseconds(2500), {{"step", "login"}});
  const absl::Status status = ConnectTo(broker)->GetSession("vtiger", "crm-main").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, "no answer"));
  const auto details = DetailsOf(status);
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->reason, "PROVIDER_UNREACHABLE");
  EXPECT_EQ(details->retry_after, absl::Milliseconds(2500));
  EXPECT_THAT(details->metadata, ElementsAre(Pair("step", "login")));
}

TEST(SessionBrokerClientTest, AnErrorWithoutADelayDoesNotAskForRetries) {
  FakeBroker broker;
  broker.SetError(grpc::StatusCode::FAILED_PRECONDITION, "CREDENTIALS_REJECTED", "refused",
                  std::nullopt);
  const absl::Status status = ConnectTo(broker)->ListAccounts().status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, "refused"));
  const auto details = DetailsOf(status);
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->retry_after, std::nullopt);
}

TEST(SessionBrokerClientTest, AnErrorThatIsNotTheBrokersHasNoDetails) {
  FakeBroker broker;
  for (const char* details : {"", "\xff\xff", "\x08\x02"}) {
    broker.SetStatus(grpc::Status(grpc::StatusCode::INTERNAL, "from a proxy", details));
    const absl::Status status = ConnectTo(broker)->GetSession("vtiger", "crm-main").status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal, "from a proxy"));
    EXPECT_EQ(DetailsOf(status), std::nullopt);
  }
  EXPECT_EQ(DetailsOf(absl::OkStatus()), std::nullopt);
}

TEST(SessionBrokerClientTest, NothingThatListensIsUnavailableAtOnce) {
  const testing::TempDirectory directory;
  const auto client =
      Connect({.address = absl::StrCat("unix:", directory.File("none")), .ca_certificates = ""});
  const absl::Status status = client->GetSession("vtiger", "crm-main").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailsOf(status), std::nullopt);
}

TEST(SessionBrokerClientTest, ABrokerThatDoesNotAnswerEndsTheCallAtItsTimeout) {
  FakeBroker broker;
  broker.SetSilent();
  const auto client = Connect(
      {.address = broker.address(), .ca_certificates = "", .timeout = absl::Milliseconds(50)});
  EXPECT_EQ(client->GetSession("vtiger", "crm-main").status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(SessionBrokerClientTest, UnixSocketsServeToo) {
  const testing::TempDirectory directory;
  FakeBroker broker(
      {.address = absl::StrCat("unix:", directory.File("broker.sock")), .tls = std::nullopt});
  EXPECT_THAT(ConnectTo(broker)->GetSession("vtiger", "crm-main"), IsOk());
}

TEST(SessionBrokerClientTest, TheGivenCertificatesAloneVouchForTheBroker) {
  const testing::TestCertificate its_own = testing::MakeTestCertificate();
  const testing::TestCertificate another = testing::MakeTestCertificate();
  FakeBroker broker({.address = "127.0.0.1:0", .tls = its_own});
  const auto get = [&](const std::string& ca_certificates) {
    return Connect({.address = broker.address(), .ca_certificates = ca_certificates})
        ->GetSession("vtiger", "crm-main")
        .status()
        .code();
  };
  EXPECT_EQ(get(its_own.certificate), absl::StatusCode::kOk);
  EXPECT_EQ(get(another.certificate), absl::StatusCode::kUnavailable);
  EXPECT_EQ(get(""), absl::StatusCode::kUnavailable);
}

TEST(SessionBrokerClientTest, AProxyOfTheEnvironmentIsNotUsed) {
  FakeBroker broker;
  ASSERT_EQ(setenv("http_proxy", "http://127.0.0.1:1", /*overwrite=*/1), 0);
  ASSERT_EQ(setenv("grpc_proxy", "http://127.0.0.1:1", /*overwrite=*/1), 0);
  EXPECT_THAT(ConnectTo(broker)->GetSession("vtiger", "crm-main"), IsOk());
  unsetenv("http_proxy");
  unsetenv("grpc_proxy");
}

TEST(SessionBrokerClientTest, OptionsThatCannotWorkAreRefused) {
  EXPECT_THAT(SessionBrokerClient::Create({.address = "", .ca_certificates = ""}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("address")));
  EXPECT_THAT(
      SessionBrokerClient::Create(
          {.address = "127.0.0.1:1", .ca_certificates = "", .timeout = absl::ZeroDuration()}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("timeout")));
}

TEST(SessionBrokerClientTest, WhatProvesWhoCallsTakesTls) {
  const auto create = [](const ConnectOptions& options) {
    return SessionBrokerClient::Create(options).status().code();
  };
  const auto kRefused = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(create({.token_file = "token"}), kRefused);
  EXPECT_EQ(create({.certificate_chain = "c", .private_key = "k"}), kRefused);
  EXPECT_EQ(create({.ca_certificates = "ca", .certificate_chain = "c"}), kRefused);
  EXPECT_EQ(create({.ca_certificates = "ca", .private_key = "k"}), kRefused);
}

}  // namespace
}  // namespace sessionbroker::client
