#ifndef SESSIONBROKER_TESTS_E2E_PROVIDER_CALL_H_
#define SESSIONBROKER_TESTS_E2E_PROVIDER_CALL_H_

#include <grpcpp/support/status.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "sessionbroker/v1/session_broker.grpc.pb.h"

namespace sessionbroker::e2e {

// What a caller sees of CallProvider.
struct ProviderAnswer {
  bool ok() const { return status.ok(); }
  // The provider's answer as JSON; discarded where it is none.
  nlohmann::json Json() const;

  grpc::Status status;
  v1::CallProviderResponse response;
  // As in Answer (call.h).
  std::string reason;
  std::string retry_pushback;
};

// For failure messages.
std::ostream& operator<<(std::ostream& out, const ProviderAnswer& answer);

using Pairs = std::vector<std::pair<std::string, std::string>>;

v1::HttpRequest Get(const std::string& path, const Pairs& query);
v1::HttpRequest Post(const std::string& path, const Pairs& form);

// Calls and waits.
ProviderAnswer CallProvider(v1::SessionBroker::Stub* stub, const std::string& provider,
                            const std::string& account, const v1::HttpRequest& request,
                            absl::Duration patience = absl::Seconds(60));

}  // namespace sessionbroker::e2e

#endif  // SESSIONBROKER_TESTS_E2E_PROVIDER_CALL_H_
