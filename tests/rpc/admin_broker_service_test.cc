#include "service/rpc/admin_broker_service.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <latch>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "service/base/event_loop.h"
#include "service/storage/memory_store.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/fake_authenticator.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/test_oversight.h"

namespace sessionbroker::rpc {
namespace {

using ::testing::HasSubstr;

constexpr char kOrigin[] = "https://v5.icash.bg";
const nonces::SequenceSpec kSpec = {.max = 2147483647};

// The service as it runs, with a store in memory.
class AdminBrokerServiceTest : public ::testing::Test {
 protected:
  AdminBrokerServiceTest() {
    loop_ = base::EventLoop::Create().value();
    EXPECT_TRUE(loop_->Start().ok());
    store_ = std::make_unique<storage::MemoryStore>(loop_.get());
    sequencer_ = std::make_unique<nonces::Sequencer>(store_.get(), loop_.get(), &clock_);
    guarded_ = std::make_unique<access::GuardedSequences>(&policy_, &known_, sequencer_.get(),
                                                          oversight_.Get());
    authenticator_ = std::make_unique<testing::FakeAuthenticator>(loop_.get());
    sessions::SessionManager::Dependencies dependencies = sessions::PlainDependencies(
        [](const login::Account&) { return sessions::AccountPolicy(); });
    dependencies.clock = &clock_;
    dependencies.scheduler = loop_.get();
    dependencies.authenticator = authenticator_.get();
    dependencies.metrics = &metrics_;
    manager_ = sessions::SessionManager::Create(std::move(dependencies), {},
                                                {sessions::AccountNamed("vtiger", "crm")})
                   .value();
    sessions_ =
        std::make_unique<access::GuardedSessions>(&policy_, manager_.get(), oversight_.Get());
    service_ = MakeAdminBrokerService(&callers_, &rules_, guarded_.get(), sessions_.get(),
                                      &guarded_status_, &metrics_, &log_, &oversight_.audit);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = admin::v1::AdminBroker::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }
  ~AdminBrokerServiceTest() override {
    server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
    server_->Wait();
    loop_->Stop();
  }

  grpc::Status Raise(const std::string& origin, const std::string& key, int64_t value,
                     admin::v1::RaiseSequenceResponse* response) {
    admin::v1::RaiseSequenceRequest request;
    request.set_origin(origin);
    request.set_key(key);
    request.set_value(value);
    grpc::ClientContext context;
    return stub_->RaiseSequence(&context, request, response);
  }

  // A nonce, made and used.
  void Use(const nonces::SequenceId& id) {
    std::latch done(1);
    sequencer_->Reserve(id, kSpec, std::nullopt, [&done](const absl::StatusOr<int64_t>& value) {
      EXPECT_TRUE(value.ok()) << value.status();
      done.count_down();
    });
    done.wait();
  }

  testing::FakeClock clock_;
  telemetry::Metrics metrics_;
  telemetry::Logger log_{telemetry::LogLevel::kError, [](absl::string_view) {}};
  std::unique_ptr<base::EventLoop> loop_;
  std::unique_ptr<storage::MemoryStore> store_;
  std::unique_ptr<nonces::Sequencer> sequencer_;
  access::PolicyHolder policy_{access::Policy::Create({{.callers = {"loopback"},
                                                        .accounts = {"*/*"},
                                                        .actions = {access::Action::kOperate},
                                                        .name = "rules[0]"}})
                                   .value()};
  const access::GuardedSequences::Known known_{
      nonces::KnownSequences({{{kOrigin, "k1"}, kSpec}, {{kOrigin, "k2"}, kSpec}},
                             [](absl::string_view origin) -> absl::StatusOr<std::string> {
                               if (origin.empty()) return absl::InvalidArgumentError("is empty");
                               return std::string(origin);
                             })};
  testing::TestOversight oversight_;
  access::BrokerStatus status_;
  access::GuardedStatus guarded_status_{&policy_, [this] { return status_; }, oversight_.Get()};
  std::unique_ptr<access::GuardedSequences> guarded_;
  std::unique_ptr<testing::FakeAuthenticator> authenticator_;
  std::unique_ptr<sessions::SessionManager> manager_;
  std::unique_ptr<access::GuardedSessions> sessions_;
  const access::GuardedRules rules_{&policy_, oversight_.Get()};
  const access::CallerIdentifier callers_{{.loopback = true}, &clock_};
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<admin::v1::AdminBroker::Stub> stub_;
};

google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (details.ParseFromString(status.error_details()) && details.details_size() > 0) {
    EXPECT_TRUE(details.details(0).UnpackTo(&info));
  }
  return info;
}

TEST_F(AdminBrokerServiceTest, UnlatchingLetsALatchedAccountLogInOnceMore) {
  const auto unlatch = [this](const std::string& account) {
    grpc::ClientContext context;
    admin::v1::UnlatchAccountRequest request;
    request.set_provider("vtiger");
    request.set_account(account);
    admin::v1::UnlatchAccountResponse response;
    const grpc::Status status = stub_->UnlatchAccount(&context, request, &response);
    return status.ok() ? admin::v1::UnlatchAccountResponse::Result_Name(response.result())
                       : InfoOf(status).reason();
  };
  const auto get = [this] {
    std::latch done(1);
    bool ok = false;
    manager_->Get({"vtiger", "crm"}, absl::ZeroDuration(),
                  [&](absl::StatusOr<sessions::SessionPtr> session) {
                    ok = session.ok();
                    done.count_down();
                  });
    done.wait();
    return ok;
  };
  EXPECT_EQ(unlatch("crm"), "RESULT_WAS_NEITHER");
  authenticator_->Script(base::MakeError(base::Reason::kCredentialsRejected, "refused"));
  EXPECT_FALSE(get());
  EXPECT_FALSE(get());
  EXPECT_EQ(unlatch("crm"), "RESULT_WAS_LATCHED");
  EXPECT_TRUE(get());
  EXPECT_EQ(authenticator_->logins(), 2u);
  EXPECT_EQ(unlatch("other"), "ACCOUNT_UNKNOWN");
}

TEST_F(AdminBrokerServiceTest, ListTellsWhatASequenceIs) {
  Use({"https://v5.icash.bg", "k1"});
  admin::v1::RaiseSequenceResponse raised;
  ASSERT_TRUE(Raise("https://v5.icash.bg", "k2", 5, &raised).ok());
  EXPECT_FALSE(raised.has_previous_value());
  grpc::ClientContext context;
  admin::v1::ListSequencesResponse all;
  ASSERT_TRUE(stub_->ListSequences(&context, {}, &all).ok());
  ASSERT_EQ(all.sequences_size(), 2);
  EXPECT_EQ(all.sequences(0).ShortDebugString(),
            "origin: \"https://v5.icash.bg\" key: \"k1\" value: 1795219200 unit: UNIT_SECONDS "
            "max: 2147483647 update_time { seconds: 1795219200 }");
  EXPECT_EQ(all.sequences(1).ShortDebugString(),
            "origin: \"https://v5.icash.bg\" key: \"k2\" value: 5 raised_to: 5 "
            "update_time { seconds: 1795219200 }");
  EXPECT_EQ(all.next_page_token(), "");
}

TEST_F(AdminBrokerServiceTest, RaiseTellsWhereTheSequenceStood) {
  Use({"https://v5.icash.bg", "k1"});
  admin::v1::RaiseSequenceResponse raised;
  ASSERT_TRUE(Raise("https://v5.icash.bg", "k1", 1795222800, &raised).ok());
  EXPECT_EQ(raised.previous_value(), 1795219200);
  EXPECT_EQ(raised.sequence().value(), 1795222800);
  EXPECT_EQ(raised.sequence().raised_to(), 1795222800);
}

TEST_F(AdminBrokerServiceTest, LoweringIsRefusedAndNamesTheCurrentValue) {
  Use({"https://v5.icash.bg", "k1"});
  admin::v1::RaiseSequenceResponse raised;
  const grpc::Status refused = Raise("https://v5.icash.bg", "k1", 5, &raised);
  EXPECT_EQ(refused.error_code(), grpc::FAILED_PRECONDITION);
  EXPECT_THAT(refused.error_message(), HasSubstr("stand at 1795219200"));
  EXPECT_EQ(InfoOf(refused).reason(), "SEQUENCE_PASSED");
  EXPECT_EQ(InfoOf(refused).metadata().at("current"), "1795219200");
}

TEST_F(AdminBrokerServiceTest, RequestThatNamesNoSequenceIsRefused) {
  admin::v1::RaiseSequenceResponse raised;
  for (const bool without_key : {false, true}) {
    const grpc::Status refused =
        Raise(without_key ? kOrigin : "", without_key ? "" : "k1", 5, &raised);
    EXPECT_EQ(refused.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_EQ(InfoOf(refused).metadata().at("field"), without_key ? "key" : "origin");
  }
}

TEST_F(AdminBrokerServiceTest, SequenceThatNoAccountUsesIsNotFound) {
  admin::v1::RaiseSequenceResponse raised;
  const grpc::Status refused = Raise(kOrigin, "k", 5, &raised);
  EXPECT_EQ(refused.error_code(), grpc::NOT_FOUND);
  EXPECT_EQ(InfoOf(refused).reason(), "SEQUENCE_UNKNOWN");
}

TEST_F(AdminBrokerServiceTest, ValueThatWouldUseAKeyUpIsRefusedWithItsLimit) {
  admin::v1::RaiseSequenceResponse raised;
  const grpc::Status refused = Raise(kOrigin, "k1", 1795219200000, &raised);
  EXPECT_EQ(refused.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(refused).metadata().at("limit"), "2147483646");
  EXPECT_EQ(InfoOf(refused).metadata().at("actual"), "1795219200000");
}

TEST_F(AdminBrokerServiceTest, StatusTellsWhatServesAndWhatIsWrongWithTheFiles) {
  status_.version = "1.2.3";
  status_.start_time = absl::FromUnixSeconds(1795219200);
  status_.uptime = absl::Seconds(90);
  status_.configuration.generation = 4;
  status_.configuration.load_time = absl::FromUnixSeconds(1795219230);
  status_.configuration.mistakes = {"broker.yaml:3:1: rulez: unknown field"};
  status_.configuration.mistake_count = 1;
  status_.configuration.needs_restart = {"listeners"};
  status_.accounts.live = 7;
  admin::v1::GetStatusResponse told;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->GetStatus(&context, {}, &told).ok());
  EXPECT_EQ(told.version(), "1.2.3");
  EXPECT_EQ(told.start_time().seconds(), 1795219200);
  EXPECT_EQ(told.uptime().seconds(), 90);
  EXPECT_EQ(told.configuration().generation(), 4);
  EXPECT_EQ(told.configuration().load_time().seconds(), 1795219230);
  EXPECT_FALSE(told.configuration().has_reload_time());
  ASSERT_EQ(told.configuration().mistakes_size(), 1);
  EXPECT_EQ(told.configuration().mistakes(0), "broker.yaml:3:1: rulez: unknown field");
  EXPECT_EQ(told.configuration().needs_restart(0), "listeners");
  EXPECT_EQ(told.accounts().live(), 7);
}

TEST_F(AdminBrokerServiceTest, StatusIsForThoseWhoOperateEverywhere) {
  policy_.Set(
      access::Policy::Create({{{"loopback"}, {"vtiger/*"}, {access::Action::kOperate}}}).value());
  admin::v1::GetStatusResponse told;
  grpc::ClientContext context;
  const grpc::Status refused = stub_->GetStatus(&context, {}, &told);
  EXPECT_EQ(refused.error_code(), grpc::PERMISSION_DENIED);
  EXPECT_EQ(InfoOf(refused).reason(), "NOT_ALLOWED");
}

TEST_F(AdminBrokerServiceTest, AccessIsExplainedByTheRuleThatDecides) {
  admin::v1::ExplainAccessRequest request;
  request.set_caller("loopback");
  request.set_provider("vtiger");
  request.set_account("crm");
  admin::v1::ExplainAccessResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->ExplainAccess(&context, request, &response).ok());
  std::vector<std::string> allowed;
  for (const auto& decision : response.decisions()) {
    if (!decision.rule().empty()) allowed.push_back(decision.action());
  }
  EXPECT_EQ(response.decisions_size(), 7);
  EXPECT_EQ(allowed, std::vector<std::string>{"operate"});
  request.set_caller("k8s:*/crm");
  grpc::ClientContext again;
  EXPECT_EQ(stub_->ExplainAccess(&again, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace sessionbroker::rpc
