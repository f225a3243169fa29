#include "service/rpc/session_broker_service.h"

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/base/error.h"
#include "tests/rpc/service_harness.h"
#include "tests/testing/temp_directory.h"

namespace sessionbroker::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ServiceHarness;

// The reason in the details of an error; empty where there is none.
std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details()) || details.details_size() == 0 ||
      !details.details(0).UnpackTo(&info)) {
    return "";
  }
  return info.reason();
}

// Sends `bytes` as the message of GetSession.
grpc::Status SendRaw(ServiceHarness& harness, const std::string& bytes) {
  grpc::GenericStub stub(harness.Connect());
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(bytes);
  const auto call = stub.PrepareUnaryCall(&context, "/sessionbroker.v1.SessionBroker/GetSession",
                                          grpc::ByteBuffer(&slice, 1), &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  return status;
}

TEST(SessionBrokerServiceTest, AColdAccountIsLoggedInToOnceAndThenServedFromMemory) {
  ServiceHarness harness;
  v1::GetSessionResponse first;
  ASSERT_TRUE(harness.Get("vtiger", "crm-main", &first).ok());
  EXPECT_EQ(first.session().id(), "session-1");
  EXPECT_EQ(first.session().provider(), "vtiger");
  EXPECT_EQ(first.session().account(), "crm-main");
  v1::GetSessionResponse second;
  ASSERT_TRUE(harness.Get("vtiger", "crm-main", &second).ok());
  EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(harness.authenticator().logins(), 1u);
  EXPECT_THAT(harness.metrics().Serialize(),
              HasSubstr("sessionbroker_hits_total{provider=\"vtiger\"} 1"));
}

v1::SignRequestRequest SignRequestFor(const std::string& provider, const std::string& account) {
  v1::SignRequestRequest request;
  request.set_provider(provider);
  request.set_account(account);
  request.mutable_request()->set_method("POST");
  request.mutable_request()->set_path("/webservice.php");
  v1::Parameter* const field = request.mutable_request()->mutable_form()->add_fields();
  field->set_name("operation");
  field->set_value("a b");
  return request;
}

TEST(SessionBrokerServiceTest, ASignedRequestIsCompleteAndSaysWhatWasAdded) {
  ServiceHarness harness;
  grpc::ClientContext context;
  v1::SignRequestResponse response;
  const grpc::Status status =
      harness.stub().SignRequest(&context, SignRequestFor("vtiger", "crm-main"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.request().method(), "POST");
  EXPECT_EQ(response.request().url(), "https://vtiger.example/webservice.php?sessionid=session-1");
  EXPECT_EQ(response.request().body(), "operation=a+b");
  ASSERT_EQ(response.request().headers_size(), 1);
  EXPECT_EQ(response.request().headers(0).name(), "Content-Type");
  ASSERT_EQ(response.added_size(), 1);
  EXPECT_EQ(response.added(0).location(), v1::Attachment::LOCATION_QUERY);
  EXPECT_EQ(response.added(0).name(), "sessionid");
  EXPECT_EQ(response.added(0).value(), "session-1");
  EXPECT_EQ(response.nonces_size(), 0);
  v1::GetSessionResponse session;
  ASSERT_TRUE(harness.Get("vtiger", "crm-main", &session).ok());
  EXPECT_EQ(response.session_version(), session.session().version());
  EXPECT_EQ(response.expire_time().seconds(), session.session().expire_time().seconds());
  EXPECT_EQ(harness.authenticator().logins(), 1u);
  const std::vector<access::AuditRecord> audited = harness.audit().records();
  ASSERT_FALSE(audited.empty());
  EXPECT_EQ(audited[0].action, access::AuditAction::kSign);
  EXPECT_EQ(audited[0].account, "crm-main");
  EXPECT_EQ(audited[0].version, session.session().version());
  EXPECT_EQ(audited[0].detail, "POST /webservice.php");
}

TEST(SessionBrokerServiceTest, ASignatureOfWhichNoLineCanBeLeftIsNotHandedOut) {
  ServiceHarness harness;
  harness.audit().SetAvailable(false);
  grpc::ClientContext context;
  v1::SignRequestResponse response;
  EXPECT_EQ(ReasonOf(harness.stub().SignRequest(&context, SignRequestFor("vtiger", "crm-main"),
                                                &response)),
            "AUDIT_UNAVAILABLE");
  EXPECT_EQ(response.added_size(), 0);
  EXPECT_EQ(harness.authenticator().logins(), 0u);
}

TEST(SessionBrokerServiceTest, ASignRequestThatIsRefusedSaysWhy) {
  ServiceHarness harness;
  const auto reason_of = [&](const v1::SignRequestRequest& request) {
    grpc::ClientContext context;
    v1::SignRequestResponse response;
    return ReasonOf(harness.stub().SignRequest(&context, request, &response));
  };
  EXPECT_EQ(reason_of(SignRequestFor("abms", "locked")), "NOT_ALLOWED");
  EXPECT_EQ(reason_of(SignRequestFor("vtiger", "nobody")), "ACCOUNT_UNKNOWN");
  EXPECT_EQ(reason_of(SignRequestFor("vtiger", "")), "INVALID_ARGUMENT");
  v1::SignRequestRequest request = SignRequestFor("vtiger", "crm-main");
  request.mutable_request()->set_path("//elsewhere.example/");
  EXPECT_EQ(reason_of(request), "INVALID_ARGUMENT");
  request.clear_request();
  EXPECT_EQ(reason_of(request), "INVALID_ARGUMENT");
  EXPECT_EQ(harness.authenticator().logins(), 0u);
}

TEST(SessionBrokerServiceTest, ACallerThatGivesUpOnASignatureLeavesTheLoginRunning) {
  ServiceHarness harness;
  harness.authenticator().Hold();
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  v1::SignRequestResponse response;
  const grpc::Status status =
      harness.stub().SignRequest(&context, SignRequestFor("vtiger", "crm-main"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  harness.authenticator().Release();
  ASSERT_TRUE(harness.Get("vtiger", "crm-main").ok());
  EXPECT_EQ(harness.authenticator().logins(), 1u);
}

TEST(SessionBrokerServiceTest, MinValidityReachesTheSessionManager) {
  ServiceHarness harness;
  ASSERT_TRUE(harness.Get("vtiger", "crm-main").ok());
  const auto get = [&](int64_t seconds) {
    grpc::ClientContext context;
    v1::GetSessionRequest request;
    request.set_provider("vtiger");
    request.set_account("crm-main");
    request.mutable_min_validity()->set_seconds(seconds);
    v1::GetSessionResponse response;
    return harness.stub().GetSession(&context, request, &response);
  };
  EXPECT_TRUE(get(100).ok());
  EXPECT_EQ(harness.authenticator().logins(), 1u);
  harness.clock().Advance(absl::Seconds(500));
  EXPECT_TRUE(get(900).ok());
  EXPECT_EQ(harness.authenticator().logins(), 2u);
  EXPECT_EQ(get(1001).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(harness.authenticator().logins(), 2u);
}

TEST(SessionBrokerServiceTest, AnErrorCarriesReasonDelayAndTrailer) {
  ServiceHarness harness;
  harness.authenticator().Script(base::MakeError(
      {base::Reason::kProviderUnreachable, absl::Milliseconds(2500), {{"step", "login"}}},
      "the provider does not answer"));
  grpc::ClientContext context;
  v1::GetSessionRequest request;
  request.set_provider("vtiger");
  request.set_account("crm-main");
  v1::GetSessionResponse response;
  const grpc::Status status = harness.stub().GetSession(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "the provider does not answer");
  EXPECT_EQ(ReasonOf(status), "PROVIDER_UNREACHABLE");

  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  ASSERT_EQ(details.details_size(), 2);
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(details.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(retry.retry_delay().nanos(), 500000000);

  const auto& trailers = context.GetServerTrailingMetadata();
  const auto pushback = trailers.find("grpc-retry-pushback-ms");
  ASSERT_NE(pushback, trailers.end());
  EXPECT_EQ(std::string(pushback->second.data(), pushback->second.size()), "2500");
}

grpc::Status Invalidate(ServiceHarness& harness, const std::string& provider, int64_t version,
                        v1::InvalidateSessionResponse* response, const std::string& detail = "") {
  grpc::ClientContext context;
  v1::InvalidateSessionRequest request;
  request.set_provider(provider);
  request.set_account("crm-main");
  request.set_version(version);
  request.set_reason(v1::InvalidateSessionRequest::REASON_REFUSED);
  request.set_detail(detail);
  return harness.stub().InvalidateSession(&context, request, response);
}

TEST(SessionBrokerServiceTest, AReportOfTheCurrentVersionReplacesTheSessionAndALateOneDoesNot) {
  ServiceHarness harness;
  v1::GetSessionResponse got;
  ASSERT_TRUE(harness.Get("vtiger", "crm-main", &got).ok());
  const int64_t dead = got.session().version();
  v1::InvalidateSessionResponse response;
  ASSERT_TRUE(Invalidate(harness, "vtiger", dead, &response).ok());
  EXPECT_EQ(response.result(), v1::InvalidateSessionResponse::RESULT_INVALIDATED);
  EXPECT_EQ(response.version(), 0);
  ASSERT_TRUE(harness.Get("vtiger", "crm-main", &got).ok());
  EXPECT_GT(got.session().version(), dead);
  ASSERT_TRUE(Invalidate(harness, "vtiger", dead, &response).ok());
  EXPECT_EQ(response.result(), v1::InvalidateSessionResponse::RESULT_STALE_VERSION);
  EXPECT_EQ(response.version(), got.session().version());
  EXPECT_EQ(harness.authenticator().logins(), 2u);
}

TEST(SessionBrokerServiceTest, AReportIsLoggedWithoutWhatMayBeASessionId) {
  ServiceHarness harness;
  v1::InvalidateSessionResponse response;
  ASSERT_TRUE(
      Invalidate(harness, "vtiger", 7, &response, "401 for 66a891e8b4d7d018d230363bcd0adfbd\n")
          .ok());
  const std::string logged = harness.Logged();
  EXPECT_THAT(logged, HasSubstr("\"reason\":\"REASON_REFUSED\""));
  EXPECT_THAT(logged, HasSubstr("401 for ***."));
}

TEST(SessionBrokerServiceTest, AReportWithoutRightsVersionOrWithTooMuchDetailIsRefused) {
  ServiceHarness harness;
  v1::InvalidateSessionResponse response;
  EXPECT_EQ(ReasonOf(Invalidate(harness, "abms", 7, &response)), "NOT_ALLOWED");
  EXPECT_THAT(Invalidate(harness, "vtiger", 0, &response).error_message(),
              HasSubstr("version: must be above 0, got 0"));
  EXPECT_THAT(Invalidate(harness, "vtiger", 7, &response, std::string(201, 'x')).error_message(),
              HasSubstr("detail: must be at most 200 bytes, got 201 bytes"));
}

TEST(SessionBrokerServiceTest, AReporterWhoInsistsIsToldToWait) {
  ServiceHarness harness;
  v1::InvalidateSessionResponse response;
  grpc::Status status;
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(status.ok()) << i;
    v1::GetSessionResponse got;
    ASSERT_TRUE(harness.Get("vtiger", "crm-main", &got).ok());
    status = Invalidate(harness, "vtiger", got.session().version(), &response);
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "CALLER_QUOTA");
}

TEST(SessionBrokerServiceTest, RefusedCredentialsLatchTheAccountAndTheListSaysSo) {
  ServiceHarness harness;
  harness.authenticator().Script(
      base::MakeError(base::Reason::kCredentialsRejected, "the provider refused"));
  EXPECT_EQ(ReasonOf(harness.Get("vtiger", "crm-main")), "CREDENTIALS_REJECTED");
  EXPECT_EQ(ReasonOf(harness.Get("vtiger", "crm-main")), "CREDENTIALS_REJECTED");
  EXPECT_EQ(harness.authenticator().logins(), 1u);
  grpc::ClientContext context;
  v1::ListAccountsRequest request;
  request.set_provider("vtiger");
  v1::ListAccountsResponse list;
  ASSERT_TRUE(harness.stub().ListAccounts(&context, request, &list).ok());
  EXPECT_EQ(list.accounts(0).state(), v1::Account::STATE_LATCHED);
  EXPECT_EQ(list.accounts(0).cause(), "CREDENTIALS_REJECTED");
}

TEST(SessionBrokerServiceTest, WithoutRightsAnUnknownAccountLooksLikeAForbiddenOne) {
  ServiceHarness harness;
  const grpc::Status forbidden = harness.Get("abms", "locked");
  const grpc::Status unknown = harness.Get("abms", "absent");
  EXPECT_EQ(forbidden.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(unknown), "NOT_ALLOWED");
  EXPECT_EQ(forbidden.error_message(), "no rule allows loopback to get the session of abms/locked");
  EXPECT_EQ(unknown.error_message(), "no rule allows loopback to get the session of abms/absent");
  EXPECT_EQ(harness.authenticator().logins(), 0u);
}

TEST(SessionBrokerServiceTest, WithRightsAnUnknownAccountIsNotFound) {
  ServiceHarness harness;
  const grpc::Status status = harness.Get("vtiger", "absent");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "ACCOUNT_UNKNOWN");
}

TEST(SessionBrokerServiceTest, AFieldThatIsWrongIsNamedBeforeRightsAreLookedAt) {
  ServiceHarness harness;
  const grpc::Status status = harness.Get("abms", "");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("account"));
  EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT");
}

TEST(SessionBrokerServiceTest, BytesThatAreNoRequestAreRefused) {
  ServiceHarness harness;
  for (const std::string& bytes : {
           std::string("\x0a\xff\x01", 3),                  // A field that is cut off.
           std::string("\xff\xff\xff\xff\xff\xff\xff", 7),  // No tag.
           std::string("\x0a\x02\xc3\x28\x12\x01\x61", 7),  // Not UTF-8.
           std::string(4000, '\x0b'),                       // Groups that never end.
       }) {
    const grpc::Status status = SendRaw(harness, bytes);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_EQ(ReasonOf(status), "INVALID_ARGUMENT");
  }
  EXPECT_EQ(SendRaw(harness, "").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(harness.authenticator().logins(), 0u);
}

TEST(SessionBrokerServiceTest, ACallerThatTheConnectionDoesNotProveIsRefused) {
  ServiceHarness harness;
  const auto stub = v1::SessionBroker::NewStub(harness.server().InProcessChannel({}));
  {
    grpc::ClientContext context;
    v1::GetSessionRequest request;
    request.set_provider("vtiger");
    request.set_account("crm-main");
    v1::GetSessionResponse response;
    const grpc::Status status = stub->GetSession(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(ReasonOf(status), "CALLER_UNKNOWN");
  }
  {
    grpc::ClientContext context;
    v1::ListAccountsResponse response;
    const grpc::Status status = stub->ListAccounts(&context, {}, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  }
  EXPECT_EQ(harness.authenticator().logins(), 0u);
  const std::vector<access::AuditRecord> records = harness.audit().records();
  ASSERT_EQ(records.size(), 2u);
  for (const access::AuditRecord& record : records) {
    EXPECT_EQ(record.action, access::AuditAction::kConnect);
    EXPECT_EQ(record.error, base::Reason::kUnauthenticated);
    EXPECT_EQ(record.caller, "");
    EXPECT_EQ(record.peer, "unknown");  // So gRPC names one in its own process.
  }
}

TEST(SessionBrokerServiceTest, LoopbackIsKnownByAnyOfItsAddresses) {
  const testing::TempDirectory directory;
  ServiceHarness over_unix(absl::StrCat("unix:", directory.File("broker.sock")));
  EXPECT_TRUE(over_unix.Get("vtiger", "crm-main").ok());

  // One socket for both families: IPv4 comes in as an IPv6 address that holds it.
  ServiceHarness over_both("[::]:0");
  for (const char* host : {"127.0.0.1", "[::1]"}) {
    grpc::ClientContext context;
    v1::ListAccountsResponse response;
    const grpc::Status status = v1::SessionBroker::NewStub(over_both.ConnectTo(host))
                                    ->ListAccounts(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << host << ": " << status.error_message();
  }
}

TEST(SessionBrokerServiceTest, ACallerWhoseDeadlinePassesLeavesTheLoginRunning) {
  ServiceHarness harness;
  harness.authenticator().Hold();
  grpc::ClientContext context;
  context.set_deadline(gpr_time_from_millis(50, GPR_TIMESPAN));
  v1::GetSessionRequest request;
  request.set_provider("vtiger");
  request.set_account("crm-main");
  v1::GetSessionResponse response;
  EXPECT_EQ(harness.stub().GetSession(&context, request, &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  harness.authenticator().Release();
  ASSERT_TRUE(harness.Get("vtiger", "crm-main", &response).ok());
  EXPECT_EQ(response.session().id(), "session-1");
  EXPECT_EQ(harness.authenticator().logins(), 1u);
}

TEST(SessionBrokerServiceTest, ErrorsAreCountedByReason) {
  ServiceHarness harness;
  EXPECT_FALSE(harness.Get("abms", "locked").ok());
  EXPECT_FALSE(harness.Get("abms", "locked").ok());
  EXPECT_FALSE(harness.Get("vtiger", "absent").ok());
  EXPECT_FALSE(harness.Get("", "").ok());
  const std::string metrics = harness.metrics().Serialize();
  EXPECT_THAT(metrics, HasSubstr("sessionbroker_errors_total{reason=\"NOT_ALLOWED\"} 2"));
  EXPECT_THAT(metrics, HasSubstr("sessionbroker_errors_total{reason=\"ACCOUNT_UNKNOWN\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("sessionbroker_errors_total{reason=\"INVALID_ARGUMENT\"} 1"));
}

TEST(SessionBrokerServiceTest, AFaultOfTheBrokerIsLoggedAndNotTold) {
  ServiceHarness harness;
  harness.authenticator().Script(absl::DataLossError("page 7 is torn"));
  const grpc::Status status = harness.Get("vtiger", "crm-main");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), Not(HasSubstr("torn")));
  const std::string logged = harness.Logged();
  EXPECT_THAT(logged, HasSubstr("internal_error"));
  EXPECT_THAT(logged, HasSubstr("page 7 is torn"));
}

// "provider/account state", and an error's code.
std::vector<std::string> List(ServiceHarness& harness, const v1::ListAccountsRequest& request,
                              std::string* next_page_token = nullptr) {
  grpc::ClientContext context;
  v1::ListAccountsResponse response;
  const grpc::Status status = harness.stub().ListAccounts(&context, request, &response);
  if (!status.ok()) return {absl::StrCat("error ", status.error_code(), " ", ReasonOf(status))};
  std::vector<std::string> lines;
  for (const v1::Account& account : response.accounts()) {
    lines.push_back(absl::StrCat(account.provider(), "/", account.account(), " ",
                                 v1::Account::State_Name(account.state())));
  }
  if (next_page_token != nullptr) *next_page_token = response.next_page_token();
  return lines;
}

TEST(SessionBrokerServiceTest, ListShowsHowEachAccountStands) {
  ServiceHarness harness;
  v1::GetSessionResponse session;
  ASSERT_TRUE(harness.Get("vtiger", "crm-main", &session).ok());
  harness.authenticator().Hold();
  grpc::ClientContext context;
  v1::GetSessionRequest request;
  request.set_provider("vtiger");
  request.set_account("crm-test");
  context.set_deadline(gpr_time_from_millis(50, GPR_TIMESPAN));
  v1::GetSessionResponse response;
  EXPECT_FALSE(harness.stub().GetSession(&context, request, &response).ok());

  EXPECT_THAT(List(harness, {}),
              ElementsAre("tipmoto/fleet STATE_ABSENT", "vtiger/crm-main STATE_LIVE",
                          "vtiger/crm-test STATE_LOGGING_IN"));
  grpc::ClientContext list_context;
  v1::ListAccountsRequest list_request;
  list_request.set_provider("vtiger");
  v1::ListAccountsResponse list;
  ASSERT_TRUE(harness.stub().ListAccounts(&list_context, list_request, &list).ok());
  ASSERT_EQ(list.accounts_size(), 2);
  EXPECT_EQ(list.accounts(0).version(), session.session().version());
  EXPECT_EQ(list.accounts(0).expire_time().seconds(), session.session().expire_time().seconds());
  EXPECT_EQ(list.accounts(1).version(), 0);
  EXPECT_FALSE(list.accounts(1).has_expire_time());
}

TEST(SessionBrokerServiceTest, ListGoesOnFromPageToPage) {
  ServiceHarness harness;
  v1::ListAccountsRequest request;
  request.set_page_size(2);
  std::string token;
  EXPECT_THAT(List(harness, request, &token),
              ElementsAre("tipmoto/fleet STATE_ABSENT", "vtiger/crm-main STATE_ABSENT"));
  EXPECT_NE(token, "");
  request.set_page_token(token);
  EXPECT_THAT(List(harness, request, &token), ElementsAre("vtiger/crm-test STATE_ABSENT"));
  EXPECT_EQ(token, "");
}

TEST(SessionBrokerServiceTest, ListRefusesWhatItCannotMakeSenseOf) {
  ServiceHarness harness;
  v1::ListAccountsRequest request;
  request.set_page_size(-1);
  EXPECT_THAT(List(harness, request), ElementsAre("error 3 INVALID_ARGUMENT"));
  request.set_page_size(0);
  request.set_page_token("no such token");
  EXPECT_THAT(List(harness, request), ElementsAre("error 3 INVALID_ARGUMENT"));
}

}  // namespace
}  // namespace sessionbroker::rpc
