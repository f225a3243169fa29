#ifndef SESSIONBROKER_SERVICE_ACCESS_CALLER_IDENTIFIER_H_
#define SESSIONBROKER_SERVICE_ACCESS_CALLER_IDENTIFIER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/call.h"
#include "service/access/certificate_verifier.h"
#include "service/access/token_verifier.h"
#include "service/base/clock.h"
#include "service/base/snapshot.h"

namespace sessionbroker::access {

// What a listener takes as proof of who calls. A value.
struct IdentitySources {
  // Whoever connects from this machine is "loopback".
  bool loopback = false;
  // Whoever connects is this one: the listener is a Unix socket that only such may open.
  std::optional<Caller> socket = std::nullopt;
  // nullptr: client certificates are not looked at.
  std::shared_ptr<const CertificateVerifier> certificates = nullptr;
  // nullptr: tokens are refused.
  std::shared_ptr<const TokenVerifier> tokens = nullptr;
};

// What a call shows; the texts are borrowed.
struct Evidence {
  // As gRPC writes it.
  std::string peer = {};
  // What the TLS handshake has proved, both PEM; empty: nothing.
  absl::string_view certificate = {};
  absl::string_view certificate_chain = {};
  // The `authorization` headers: how many, and the first.
  int authorizations = 0;
  absl::string_view authorization = {};
  std::string trace_id = {};
};

// Tells who calls on one listener. Thread-safe.
class CallerIdentifier {
 public:
  // `clock` outlives this object.
  CallerIdentifier(IdentitySources sources, const base::Clock* clock)
      : takes_certificates_(sources.certificates != nullptr),
        sources_(std::move(sources)),
        clock_(clock) {}

  // The call with its callers. What is shown must be good, even where something else would do:
  // kCertificateRefused, kTokenRefused; kUnauthenticated where nothing is shown that counts here.
  absl::StatusOr<Call> Identify(Evidence evidence) const;

  // Whether a certificate is looked at, so that nobody need look for one.
  bool takes_certificates() const { return takes_certificates_; }

  // From now on; connections that are there already included. Of the same kinds as before. One at a
  // time.
  void Update(IdentitySources sources) { sources_.Set(std::move(sources)); }

 private:
  const bool takes_certificates_;
  base::Snapshot<IdentitySources> sources_;
  const base::Clock* const clock_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CALLER_IDENTIFIER_H_
