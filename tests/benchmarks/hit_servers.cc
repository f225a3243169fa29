#include "tests/benchmarks/hit_servers.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "service/access/caller_quotas.h"
#include "service/access/guarded_sessions.h"
#include "service/access/guarded_watches.h"
#include "service/app/audit.h"
#include "service/app/grpc_server.h"
#include "service/app/ready_file.h"
#include "service/base/event_loop.h"
#include "service/base/system_clock.h"
#include "service/rpc/reflection.h"
#include "service/rpc/session_broker_service.h"
#include "service/rpc/session_encoding.h"
#include "service/sessions/session_manager.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"
#include "tests/benchmarks/identity.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/fake_authenticator.h"

namespace sessionbroker::benchmarks {
namespace {

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << value.status().message() << "\n";
    std::exit(1);
  }
  return *std::move(value);
}

// `make_service` is given whoever tells callers apart.
template <typename MakeService>
[[noreturn]] void Serve(const Reach& reach, const MakeService& make_service,
                        const std::string& ready_file) {
  rpc::EnableHealthAndReflection();
  const base::SystemClock clock;
  const auto server =
      OrDie(app::GrpcServer::Start({ListenerFor(reach.identity, reach.material)}, &clock,
                                   [&make_service](const access::CallerIdentifier* callers) {
                                     std::vector<std::unique_ptr<grpc::Service>> services;
                                     services.push_back(make_service(callers));
                                     return services;
                                   }));
  const auto ready = OrDie(app::ReadyFile::Write(ready_file, server->addresses().front()));
  while (true) pause();
}

// A session such as vtiger's, that outlives the benchmark.
login::Grant SomeGrant() {
  login::Grant grant;
  grant.id = secrets::Secret("5f2d8c0a6be4c1a2bd3e9");
  grant.attributes = {{"user_id", "19x1"}, {"api_version", "0.22"}};
  grant.attachments = {
      {login::Location::kQuery, "sessionName", grant.id, {"GET"}},
      {login::Location::kForm, "sessionName", grant.id, {"POST"}},
  };
  grant.idle = absl::Hours(24);
  return grant;
}

class BareService final : public v1::SessionBroker::CallbackService {
 public:
  explicit BareService(std::size_t message_size) {
    while (Message(id_).ByteSizeLong() < message_size) id_.push_back('x');
    if (Message(id_).ByteSizeLong() != message_size) {
      std::cerr << "no message has " << message_size << " bytes\n";
      std::exit(1);
    }
  }

 private:
  static v1::GetSessionResponse Message(const std::string& id) {
    v1::GetSessionResponse message;
    message.mutable_session()->set_id(id);
    return message;
  }

  grpc::ServerUnaryReactor* GetSession(grpc::CallbackServerContext* context,
                                       const v1::GetSessionRequest* /*request*/,
                                       v1::GetSessionResponse* response) override {
    response->mutable_session()->set_id(id_);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  std::string id_;
};

}  // namespace

void ServeBroker(const Reach& reach, const std::string& ready_file) {
  const base::SystemClock clock;
  const auto loop = OrDie(base::EventLoop::Create());
  if (!loop->Start().ok()) std::exit(1);
  testing::FakeAuthenticator authenticator(loop.get());
  authenticator.Script(SomeGrant());
  telemetry::Metrics metrics;
  telemetry::Logger log(telemetry::LogLevel::kInfo);
  auto account = std::make_shared<login::Account>();
  account->id = {kProvider, kAccount};
  account->base_url = "https://crm.example.com/webservice.php";
  sessions::SessionManager::Dependencies dependencies =
      sessions::PlainDependencies([](const login::Account&) {
        sessions::AccountPolicy policy;
        policy.life.idle = absl::Hours(24);
        return policy;
      });
  dependencies.clock = &clock;
  dependencies.scheduler = loop.get();
  dependencies.authenticator = &authenticator;
  dependencies.metrics = &metrics;
  dependencies.encoder = rpc::EncodeSession;
  dependencies.outage_encoder = rpc::EncodeOutage;
  const auto manager =
      OrDie(sessions::SessionManager::Create(std::move(dependencies), {}, {account}));
  const access::PolicyHolder policy(
      OrDie(access::Policy::Create({{.callers = {kCallers[0], kCallers[1], kCallers[2]},
                                     .accounts = {"abms/*", "corebos/*", "vtiger/crm-*"},
                                     .actions = {access::Action::kGet, access::Action::kList}}})));
  config::Audit audit_settings;
  audit_settings.sink = config::Audit::Sink::kFile;
  audit_settings.file = absl::StrCat(ready_file, ".audit");
  const auto audit = OrDie(app::Audit::Start(audit_settings, &clock, &metrics, &log));
  // More than any machine serves.
  access::CallerQuotas quotas({.calls_per_second = 10000000}, &clock);
  const access::Oversight oversight = {.quotas = &quotas, .audit = &audit->log()};
  access::GuardedSessions guarded(&policy, manager.get(), oversight);
  access::GuardedWatches watches(&policy, manager.get(), &clock, loop.get(), oversight);
  Serve(
      reach,
      [&](const access::CallerIdentifier* callers) {
        return rpc::MakeSessionBrokerService(callers, &guarded, &watches, /*signer=*/nullptr,
                                             /*calls=*/nullptr, &metrics, &log, &audit->log());
      },
      ready_file);
}

void ServeBare(const Reach& reach, const std::string& ready_file, std::size_t message_size) {
  Serve(
      reach,
      [message_size](const access::CallerIdentifier* /*callers*/) {
        return std::make_unique<BareService>(message_size);
      },
      ready_file);
}

}  // namespace sessionbroker::benchmarks
