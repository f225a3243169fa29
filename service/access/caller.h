#ifndef SESSIONBROKER_SERVICE_ACCESS_CALLER_H_
#define SESSIONBROKER_SERVICE_ACCESS_CALLER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::access {

// Who calls, as far as the connection or a token proves it. A value, cheap to copy.
class Caller {
 public:
  enum class Kind {
    // A process that reaches the broker over a loopback address or a Unix socket.
    kLoopback,
    // By the URI of its certificate.
    kSpiffe,
    // By the DNS name of its certificate.
    kDns,
    // By the service account of its Kubernetes token.
    kKubernetes,
    // A process that may open the Unix socket which the configuration gives this name.
    kUnix,
  };

  static Caller Loopback() { return Caller(); }

  // What ToString writes:
  //   "loopback"
  //   "spiffe://TRUST-DOMAIN/PATH", by the SPIFFE standard, with a path, at most 2,048 bytes
  //   "dns:NAME", in lower case, without a wildcard, at most 253 bytes
  //   "k8s:NAMESPACE/SERVICE-ACCOUNT", by Kubernetes' rules for such names
  //   "unix:NAME", 1 to 64 letters, digits, ".", "_" or "-"
  // INVALID_ARGUMENT for all else; it says what was expected.
  static absl::StatusOr<Caller> Parse(absl::string_view text);

  Kind kind() const { return kind_; }

  // As rules and logs write it.
  absl::string_view ToString() const {
    return text_ == nullptr ? absl::string_view("loopback") : absl::string_view(*text_);
  }

  friend bool operator==(const Caller& a, const Caller& b) {
    return a.kind_ == b.kind_ && a.ToString() == b.ToString();
  }

 private:
  Caller() : kind_(Kind::kLoopback) {}
  Caller(Kind kind, absl::string_view text)
      : kind_(kind), text_(std::make_shared<const std::string>(text)) {}

  Kind kind_;
  // Shared, so that a copy allocates nothing; nullptr: "loopback".
  std::shared_ptr<const std::string> text_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CALLER_H_
