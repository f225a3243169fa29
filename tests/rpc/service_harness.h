#ifndef SESSIONBROKER_TESTS_RPC_SERVICE_HARNESS_H_
#define SESSIONBROKER_TESTS_RPC_SERVICE_HARNESS_H_

#include <grpcpp/channel.h>
#include <grpcpp/server.h>
#include <grpcpp/support/channel_arguments.h>

#include <latch>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/access/caller_identifier.h"
#include "service/access/guarded_sessions.h"
#include "service/access/guarded_signer.h"
#include "service/access/guarded_watches.h"
#include "service/base/event_loop.h"
#include "service/base/mutex.h"
#include "service/calls/request_signer.h"
#include "service/sessions/session_manager.h"
#include "service/telemetry/log.h"
#include "service/telemetry/metrics.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"
#include "tests/testing/fake_authenticator.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/test_oversight.h"

namespace sessionbroker::testing {

// The service as it runs: a real gRPC server, the real session manager and an event loop; only the
// logins and the clock are doubles, and nobody gives numbers. Serves "vtiger/crm-main",
// "vtiger/crm-test", "tipmoto/fleet" and "abms/locked" to loopback callers; the rules cover all of
// vtiger and tipmoto, existing or not.
class ServiceHarness {
 public:
  // Listens on `address`; "HOST:0" and "unix:/path" will do.
  explicit ServiceHarness(const std::string& address = "127.0.0.1:0");
  // Lets logins that are held end, and stops.
  ~ServiceHarness();

  // A new connection over the address.
  std::shared_ptr<grpc::Channel> Connect() const;
  // A connection over `host` instead.
  std::shared_ptr<grpc::Channel> ConnectTo(
      const std::string& host,
      const grpc::ChannelArguments& arguments = grpc::ChannelArguments()) const;
  v1::SessionBroker::Stub& stub() { return *stub_; }
  grpc::Server& server() { return *server_; }

  FakeClock& clock() { return clock_; }
  FakeAuthenticator& authenticator() { return authenticator_; }
  telemetry::Metrics& metrics() { return metrics_; }
  RecordingAuditLog& audit() { return oversight_.audit; }
  sessions::SessionManager& manager() { return *manager_; }
  // As a reload does.
  void SetRules(const std::vector<access::Rule>& rules);
  // Returns once what was posted to the event loop before has run.
  void DrainLoop();

  // What the service has logged. Stops the service.
  std::string Logged();

  // One call; `response` may be nullptr.
  grpc::Status Get(const std::string& provider, const std::string& account,
                   v1::GetSessionResponse* response = nullptr);

 private:
  // Ends calls under way and waits for logins. A second call has no effect.
  void Stop();

  FakeClock clock_;
  std::unique_ptr<base::EventLoop> loop_;
  FakeAuthenticator authenticator_;
  telemetry::Metrics metrics_;
  std::string logged_;
  std::unique_ptr<telemetry::Logger> log_;
  std::unique_ptr<sessions::SessionManager> manager_;
  access::PolicyHolder policy_;
  TestOversight oversight_;
  std::unique_ptr<access::GuardedSessions> guarded_;
  std::unique_ptr<calls::RequestSigner> signer_;
  std::unique_ptr<access::GuardedSigner> guarded_signer_;
  std::unique_ptr<access::GuardedWatches> watches_;
  const access::CallerIdentifier callers_{{.loopback = true}, &clock_};
  std::unique_ptr<grpc::Service> service_;
  std::string address_;
  int port_ = 0;
  bool stopped_ = false;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::SessionBroker::Stub> stub_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_RPC_SERVICE_HARNESS_H_
