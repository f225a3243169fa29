#include "tests/rpc/service_harness.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/crypto/random.h"
#include "service/rpc/session_broker_service.h"
#include "service/rpc/session_encoding.h"
#include "tests/login/programs.h"
#include "tests/sessions/manager_harness.h"

namespace sessionbroker::testing {
namespace {

std::unique_ptr<base::EventLoop> StartLoop() {
  auto loop = base::EventLoop::Create().value();
  EXPECT_TRUE(loop->Start().ok());
  return loop;
}

std::vector<std::shared_ptr<const login::Account>> Accounts() {
  std::vector<std::shared_ptr<const login::Account>> accounts;
  for (const base::AccountId& id : {base::AccountId{"vtiger", "crm-main"},
                                    {"vtiger", "crm-test"},
                                    {"tipmoto", "fleet"},
                                    {"abms", "locked"}}) {
    auto account = std::make_shared<login::Account>();
    account->id = id;
    account->base_url = absl::StrCat("https://", id.provider, ".example");
    account->program = login::Builtin(id.provider);
    accounts.push_back(std::move(account));
  }
  return accounts;
}

access::Policy Rules() {
  return access::Policy::Create(
             {{.callers = {"loopback"},
               .accounts = {"vtiger/*", "tipmoto/*"},
               .actions = {access::Action::kGet, access::Action::kList, access::Action::kInvalidate,
                           access::Action::kSign, access::Action::kWatch}}})
      .value();
}

}  // namespace

ServiceHarness::ServiceHarness(const std::string& address)
    : loop_(StartLoop()), authenticator_(loop_.get()), policy_(Rules()), address_(address) {
  log_ = std::make_unique<telemetry::Logger>(
      telemetry::LogLevel::kInfo,
      [this](absl::string_view line) { absl::StrAppend(&logged_, line); });
  sessions::SessionManager::Dependencies dependencies =
      sessions::PlainDependencies([](const login::Account&) {
        sessions::AccountPolicy policy;
        policy.life.idle = absl::Seconds(1000);
        policy.budget.limit = 1'000'000;
        return policy;
      });
  dependencies.clock = &clock_;
  dependencies.scheduler = loop_.get();
  dependencies.authenticator = &authenticator_;
  dependencies.metrics = &metrics_;
  dependencies.encoder = rpc::EncodeSession;
  dependencies.outage_encoder = rpc::EncodeOutage;
  manager_ = sessions::SessionManager::Create(std::move(dependencies), {}, Accounts()).value();
  guarded_ = std::make_unique<access::GuardedSessions>(&policy_, manager_.get(), oversight_.Get());
  signer_ = std::make_unique<calls::RequestSigner>(
      calls::RequestSigner::Dependencies{.scheduler = loop_.get(),
                                         .clock = &clock_,
                                         .random = &crypto::SystemRandom(),
                                         .sessions = manager_.get(),
                                         .sequences = nullptr});
  guarded_signer_ =
      std::make_unique<access::GuardedSigner>(&policy_, signer_.get(), oversight_.Get());
  watches_ = std::make_unique<access::GuardedWatches>(&policy_, manager_.get(), &clock_,
                                                      loop_.get(), oversight_.Get());
  service_ = rpc::MakeSessionBrokerService(&callers_, guarded_.get(), watches_.get(),
                                           guarded_signer_.get(), /*calls=*/nullptr, &metrics_,
                                           log_.get(), &oversight_.audit);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr) << "cannot listen on " << address;
  stub_ = v1::SessionBroker::NewStub(Connect());
}

ServiceHarness::~ServiceHarness() { Stop(); }

void ServiceHarness::Stop() {
  if (std::exchange(stopped_, true)) return;
  authenticator_.Release();
  server_->Shutdown(gpr_now(GPR_CLOCK_MONOTONIC));
  server_->Wait();
  std::latch idle(1);
  manager_->WhenIdle([&idle] { idle.count_down(); });
  idle.wait();
  loop_->Stop();
}

std::shared_ptr<grpc::Channel> ServiceHarness::Connect() const {
  if (absl::StartsWith(address_, "unix:")) {
    return grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  }
  return ConnectTo(address_.substr(0, address_.rfind(':')));
}

std::shared_ptr<grpc::Channel> ServiceHarness::ConnectTo(
    const std::string& host, const grpc::ChannelArguments& arguments) const {
  return grpc::CreateCustomChannel(absl::StrCat(host, ":", port_),
                                   grpc::InsecureChannelCredentials(), arguments);
}

void ServiceHarness::SetRules(const std::vector<access::Rule>& rules) {
  policy_.Set(access::Policy::Create(rules).value());
  watches_->Recheck();
}

void ServiceHarness::DrainLoop() {
  std::latch drained(1);
  loop_->Post([&drained] { drained.count_down(); });
  drained.wait();
}

std::string ServiceHarness::Logged() {
  Stop();
  log_.reset();
  return logged_;
}

grpc::Status ServiceHarness::Get(const std::string& provider, const std::string& account,
                                 v1::GetSessionResponse* response) {
  grpc::ClientContext context;
  v1::GetSessionRequest request;
  request.set_provider(provider);
  request.set_account(account);
  v1::GetSessionResponse ignored;
  return stub_->GetSession(&context, request, response == nullptr ? &ignored : response);
}

}  // namespace sessionbroker::testing
