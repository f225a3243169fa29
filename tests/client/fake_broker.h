#ifndef SESSIONBROKER_TESTS_CLIENT_FAKE_BROKER_H_
#define SESSIONBROKER_TESTS_CLIENT_FAKE_BROKER_H_

#include <grpcpp/server.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "sessionbroker/admin/v1/admin_broker.grpc.pb.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"
#include "tests/testing/test_certificate.h"

namespace sessionbroker::testing {

// A broker that answers as it was told, to see what clients make of it. Told before it is called.
class FakeBroker final : public v1::SessionBroker::CallbackService {
 public:
  struct Options {
    // "HOST:0" or "unix:/path".
    std::string address = "127.0.0.1:0";
    // Unset: plaintext.
    std::optional<TestCertificate> tls;
  };

  FakeBroker() : FakeBroker(Options{}) {}
  explicit FakeBroker(const Options& options);
  ~FakeBroker() override;

  // What clients connect to.
  const std::string& address() const { return address_; }

  // GetSession answers with it, whatever the account.
  void SetSession(const v1::Session& session) { session_ = session; }
  // SignRequest answers with it, whatever the request.
  void SetSigned(const v1::SignRequestResponse& response) { signed_ = response; }
  // ListAccounts answers with these, two to a page.
  void SetAccounts(const std::vector<v1::Account>& accounts) { accounts_ = accounts; }
  // ListSequences answers with these, two to a page.
  void SetSequences(const std::vector<admin::v1::Sequence>& sequences) {
    admin_.sequences = sequences;
  }
  // GetStatus answers with it.
  void SetBrokerStatus(const admin::v1::GetStatusResponse& status) { admin_.status = status; }
  // RaiseSequence answers with it.
  void SetRaised(const admin::v1::RaiseSequenceResponse& raised) { admin_.raised = raised; }
  const admin::v1::RaiseSequenceRequest& last_raise() const { return admin_.last_raise; }
  // ExplainAccess answers with it.
  void SetExplained(const admin::v1::ExplainAccessResponse& explained) {
    admin_.explained = explained;
  }
  const admin::v1::ExplainAccessRequest& last_explain() const { return admin_.last_explain; }

  // Every call ends with an error as the broker makes them.
  void SetError(grpc::StatusCode code, const std::string& reason, const std::string& message,
                std::optional<absl::Duration> retry_after,
                const std::map<std::string, std::string>& metadata = {});
  // Every call ends with `status`.
  void SetStatus(const grpc::Status& status) { status_ = status; }
  // Calls are never answered.
  void SetSilent() { silent_ = true; }

  // The last that was asked, once it was answered.
  const v1::GetSessionRequest& last_get() const { return last_get_; }
  const v1::SignRequestRequest& last_sign() const { return last_sign_; }

 private:
  // What operators call.
  struct Admin final : public admin::v1::AdminBroker::CallbackService {
    explicit Admin(FakeBroker* fake) : broker(fake) {}
    grpc::ServerUnaryReactor* ListSequences(grpc::CallbackServerContext* context,
                                            const admin::v1::ListSequencesRequest* request,
                                            admin::v1::ListSequencesResponse* response) override;
    grpc::ServerUnaryReactor* RaiseSequence(grpc::CallbackServerContext* context,
                                            const admin::v1::RaiseSequenceRequest* request,
                                            admin::v1::RaiseSequenceResponse* response) override;
    grpc::ServerUnaryReactor* ExplainAccess(grpc::CallbackServerContext* context,
                                            const admin::v1::ExplainAccessRequest* request,
                                            admin::v1::ExplainAccessResponse* response) override;

    grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                        const admin::v1::GetStatusRequest* request,
                                        admin::v1::GetStatusResponse* response) override;

    FakeBroker* const broker;
    admin::v1::GetStatusResponse status;
    admin::v1::ExplainAccessResponse explained;
    admin::v1::ExplainAccessRequest last_explain;
    std::vector<admin::v1::Sequence> sequences;
    admin::v1::RaiseSequenceResponse raised;
    admin::v1::RaiseSequenceRequest last_raise;
  };

  grpc::ServerUnaryReactor* GetSession(grpc::CallbackServerContext* context,
                                       const v1::GetSessionRequest* request,
                                       v1::GetSessionResponse* response) override;
  grpc::ServerUnaryReactor* ListAccounts(grpc::CallbackServerContext* context,
                                         const v1::ListAccountsRequest* request,
                                         v1::ListAccountsResponse* response) override;
  grpc::ServerUnaryReactor* SignRequest(grpc::CallbackServerContext* context,
                                        const v1::SignRequestRequest* request,
                                        v1::SignRequestResponse* response) override;
  grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context);

  Admin admin_{this};
  v1::Session session_;
  std::vector<v1::Account> accounts_;
  grpc::Status status_;
  bool silent_ = false;
  v1::GetSessionRequest last_get_;
  v1::SignRequestRequest last_sign_;
  v1::SignRequestResponse signed_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_CLIENT_FAKE_BROKER_H_
