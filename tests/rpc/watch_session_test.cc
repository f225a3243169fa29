// WatchSession over real connections.
#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/base/error.h"
#include "tests/rpc/service_harness.h"

namespace sessionbroker::rpc {
namespace {

using ::testing::HasSubstr;
using testing::ServiceHarness;

std::string ReasonOfEnd(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details()) || details.details_size() == 0 ||
      !details.details(0).UnpackTo(&info)) {
    return "";
  }
  return info.reason();
}

// A stream as a caller has it.
class Stream {
 public:
  Stream(v1::SessionBroker::StubInterface& stub, const std::string& provider,
         const std::string& account) {
    v1::WatchSessionRequest request;
    request.set_provider(provider);
    request.set_account(account);
    reader_ = stub.WatchSession(&context_, request);
  }

  // The id of the next session, "outage REASON" or "end REASON".
  std::string Next() {
    v1::WatchSessionResponse message;
    if (!reader_->Read(&message)) return absl::StrCat("end ", ReasonOfEnd(Finish()));
    return message.has_session() ? message.session().id()
                                 : absl::StrCat("outage ", message.outage().reason());
  }
  grpc::Status Finish() { return reader_->Finish(); }
  grpc::ClientContext& context() { return context_; }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderInterface<v1::WatchSessionResponse>> reader_;
};

// Of vtiger/crm-main, if there is one, whoever says so.
void ReplaceSession(ServiceHarness& harness, int reporter = 0) {
  const base::AccountId id{"vtiger", "crm-main"};
  const auto session = harness.manager().TryGet(id, absl::ZeroDuration());
  if (session == nullptr) return;
  harness.manager().Report(absl::StrCat("reporter-", reporter), id, session->version,
                           [](const auto&) {});
}

TEST(WatchSessionTest, AColdAccountIsLoggedInToAndEachReplacementFollows) {
  ServiceHarness harness;
  Stream stream(harness.stub(), "vtiger", "crm-main");
  EXPECT_EQ(stream.Next(), "session-1");
  ReplaceSession(harness);
  EXPECT_EQ(stream.Next(), "session-2");
  EXPECT_EQ(harness.authenticator().logins(), 2u);
}

TEST(WatchSessionTest, AnOutageIsAMessageAndTheStreamGoesOn) {
  ServiceHarness harness;
  harness.authenticator().Script(base::MakeError(base::Reason::kCredentialsRejected, "wrong"));
  Stream stream(harness.stub(), "vtiger", "crm-main");
  EXPECT_EQ(stream.Next(), "outage CREDENTIALS_REJECTED");
  harness.manager().Unlatch({"vtiger", "crm-main"}, [](const auto&) {});
  EXPECT_EQ(stream.Next(), "session-2");
}

TEST(WatchSessionTest, WhatIsRefusedIsTheEnd) {
  ServiceHarness harness;
  EXPECT_EQ(Stream(harness.stub(), "abms", "locked").Next(), "end NOT_ALLOWED");
  EXPECT_EQ(Stream(harness.stub(), "vtiger", "none").Next(), "end ACCOUNT_UNKNOWN");
  EXPECT_EQ(Stream(harness.stub(), "vtiger", "").Next(), "end INVALID_ARGUMENT");
  EXPECT_EQ(Stream(harness.stub(), std::string(129, 'x'), "a").Next(), "end INVALID_ARGUMENT");
  EXPECT_EQ(harness.authenticator().logins(), 0u);
  EXPECT_THAT(harness.metrics().Serialize(),
              HasSubstr("sessionbroker_errors_total{reason=\"INVALID_ARGUMENT\"} 2"));
}

TEST(WatchSessionTest, ARemovedAccountIsTheEnd) {
  ServiceHarness harness;
  Stream stream(harness.stub(), "vtiger", "crm-main");
  EXPECT_EQ(stream.Next(), "session-1");
  harness.manager().Remove({"vtiger", "crm-main"});
  EXPECT_EQ(stream.Next(), "end ACCOUNT_UNKNOWN");
}

TEST(WatchSessionTest, RulesThatDoNotAllowItAnyMoreAreTheEnd) {
  ServiceHarness harness;
  Stream stream(harness.stub(), "vtiger", "crm-main");
  EXPECT_EQ(stream.Next(), "session-1");
  harness.SetRules(
      {{.callers = {"loopback"}, .accounts = {"abms/*"}, .actions = {access::Action::kWatch}}});
  EXPECT_EQ(stream.Next(), "end NOT_ALLOWED");
}

TEST(WatchSessionTest, ADrainIsTheEndAndTellsToTryElsewhere) {
  ServiceHarness harness;
  Stream stream(harness.stub(), "vtiger", "crm-main");
  EXPECT_EQ(stream.Next(), "session-1");
  harness.manager().Drain();
  v1::WatchSessionResponse none;
  const grpc::Status end = stream.Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOfEnd(end), "DRAINING");
  const auto& trailers = stream.context().GetServerTrailingMetadata();
  const auto pushback = trailers.find("grpc-retry-pushback-ms");
  ASSERT_NE(pushback, trailers.end());
  EXPECT_EQ(std::string(pushback->second.data(), pushback->second.size()), "1000");
}

TEST(WatchSessionTest, ACallerThatGoesAwayIsNoDemandAnyMore) {
  ServiceHarness harness;
  {
    Stream stream(harness.stub(), "vtiger", "crm-main");
    EXPECT_EQ(stream.Next(), "session-1");
    EXPECT_THAT(harness.metrics().Serialize(),
                HasSubstr("sessionbroker_watches{provider=\"vtiger\"} 1"));
    stream.context().TryCancel();
    EXPECT_EQ(stream.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  while (harness.metrics().Serialize().find("sessionbroker_watches{provider=\"vtiger\"} 0") ==
         std::string::npos) {
    std::this_thread::yield();
  }
}

TEST(WatchSessionTest, ASlowReaderGetsTheNewestAndNoBacklog) {
  constexpr int kReplacements = 2000;
  ServiceHarness harness;
  // The connection takes 64 KiB that nobody reads, about 400 messages.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const auto stub = v1::SessionBroker::NewStub(harness.ConnectTo("127.0.0.1", arguments));
  Stream stream(*stub, "vtiger", "crm-main");
  EXPECT_EQ(stream.Next(), "session-1");
  for (int i = 0; i < kReplacements; ++i) {
    ReplaceSession(harness, i);
    // The report is taken up, the login ends, its session is told.
    for (int turn = 0; turn < 4; ++turn) harness.DrainLoop();
  }
  const std::string newest = absl::StrCat("session-", harness.authenticator().logins());
  EXPECT_EQ(newest, absl::StrCat("session-", kReplacements + 1));
  int read = 1;
  while (stream.Next() != newest) ++read;
  EXPECT_LT(read, kReplacements / 2);
}

TEST(WatchSessionTest, StreamsThatEndInAllWaysAtOnceEndOnce) {
  const char* const reasons[] = {"DRAINING", "ACCOUNT_UNKNOWN", "NOT_ALLOWED"};
  for (int round = 0; round < 30; ++round) {
    ServiceHarness harness;
    std::vector<std::unique_ptr<Stream>> streams;
    for (int i = 0; i < 40; ++i) {
      streams.push_back(std::make_unique<Stream>(harness.stub(), "vtiger", "crm-main"));
    }
    EXPECT_EQ(streams[0]->Next(), "session-1");
    std::thread cancel([&] {
      for (std::size_t i = 0; i < streams.size(); i += 2) streams[i]->context().TryCancel();
    });
    std::thread replace([&] { ReplaceSession(harness); });
    std::thread drain([&] {
      if (round % 3 == 0) harness.manager().Drain();
      if (round % 3 == 1) harness.manager().Remove({"vtiger", "crm-main"});
      if (round % 3 == 2) harness.SetRules({});
    });
    cancel.join();
    replace.join();
    drain.join();
    for (std::size_t i = 0; i < streams.size(); ++i) {
      std::string last = streams[i]->Next();
      while (!absl::StartsWith(last, "end")) last = streams[i]->Next();
      // Every other one was cancelled, too.
      if (i % 2 == 0 && last == "end ") continue;
      EXPECT_EQ(last, absl::StrCat("end ", reasons[round % 3]));
    }
  }
}

}  // namespace
}  // namespace sessionbroker::rpc
