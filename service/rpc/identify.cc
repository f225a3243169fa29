#include "service/rpc/identify.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "service/rpc/trace_context.h"

namespace sessionbroker::rpc {
namespace {

constexpr char kAuthorizationHeader[] = "authorization";

absl::string_view ViewOf(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// Of the connection; empty where there is none. Lives as long as the connection.
absl::string_view Property(const grpc::AuthContext& connection, const char* name) {
  const auto values = connection.FindPropertyValues(name);
  return values.empty() ? absl::string_view() : ViewOf(values.front());
}

}  // namespace

absl::StatusOr<access::Call> Identify(const access::CallerIdentifier& callers,
                                      const grpc::CallbackServerContext& context) {
  access::Evidence evidence;
  evidence.peer = context.peer();
  const auto& headers = context.client_metadata();
  if (const auto trace = headers.find(kTraceParentHeader); trace != headers.end()) {
    evidence.trace_id = TraceIdOf(ViewOf(trace->second));
  }
  const auto [first, end] = headers.equal_range(kAuthorizationHeader);
  evidence.authorizations = static_cast<int>(std::distance(first, end));
  if (first != end) evidence.authorization = ViewOf(first->second);
  std::shared_ptr<const grpc::AuthContext> connection;
  if (callers.takes_certificates()) {
    connection = context.auth_context();
    evidence.certificate = Property(*connection, GRPC_X509_PEM_CERT_PROPERTY_NAME);
    evidence.certificate_chain = Property(*connection, GRPC_X509_PEM_CERT_CHAIN_PROPERTY_NAME);
  }
  return callers.Identify(std::move(evidence));
}

}  // namespace sessionbroker::rpc
