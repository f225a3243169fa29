#ifndef SESSIONBROKER_TESTS_E2E_CALL_H_
#define SESSIONBROKER_TESTS_E2E_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "sessionbroker/v1/session_broker.grpc.pb.h"

namespace sessionbroker::e2e {

// What a caller sees of GetSession, on the wire's terms.
struct Answer {
  bool ok() const { return status.ok(); }

  grpc::Status status;
  v1::Session session;
  // Of google.rpc.ErrorInfo; empty where there is none.
  std::string reason;
  std::string domain;
  // The trailer grpc-retry-pushback-ms; empty where there is none.
  std::string retry_pushback;
};

// The reason in google.rpc.ErrorInfo; empty where there is none.
std::string ReasonOf(const grpc::Status& status);

// For failure messages: never the session.
std::ostream& operator<<(std::ostream& out, const Answer& answer);

// A call under way.
class PendingGetSession {
 public:
  // Calls at once, without waiting.
  PendingGetSession(v1::SessionBroker::Stub* stub, const std::string& provider,
                    const std::string& account);
  // Gives up where nobody has waited.
  ~PendingGetSession();
  PendingGetSession(const PendingGetSession&) = delete;
  PendingGetSession& operator=(const PendingGetSession&) = delete;

  // Waits for the answer. Once.
  Answer Wait();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

// Calls and waits.
Answer GetSession(v1::SessionBroker::Stub* stub, const std::string& provider,
                  const std::string& account);

// The state of each account, as "provider/account STATE", in the order of the answer; the error as
// one element.
std::vector<std::string> ListAccounts(v1::SessionBroker::Stub* stub);

}  // namespace sessionbroker::e2e

#endif  // SESSIONBROKER_TESTS_E2E_CALL_H_
