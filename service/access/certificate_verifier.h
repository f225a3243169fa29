#ifndef SESSIONBROKER_SERVICE_ACCESS_CERTIFICATE_VERIFIER_H_
#define SESSIONBROKER_SERVICE_ACCESS_CERTIFICATE_VERIFIER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/access/verified_callers.h"
#include "service/crypto/certificate.h"

namespace sessionbroker::access {

// Whom a client certificate names: by its one URI where that is a SPIFFE ID, by its one DNS name
// where it has no SPIFFE ID. Never by its subject. INVALID_ARGUMENT, with why, where it names
// nobody or more than one.
absl::StatusOr<Caller> CallerOf(const crypto::Certificate& certificate);

// Who calls by a client certificate, for as long as `authorities` vouch for it: a connection that
// was made under others is looked at anew. Remembers certificates that it has verified.
// Thread-safe.
class CertificateVerifier {
 public:
  explicit CertificateVerifier(crypto::CertificateAuthorities authorities);

  // `certificate` is the one that the connection's handshake has proved, `chain` what came with it;
  // both PEM. kCertificateRefused where it is not vouched for, not valid at `now`, not for TLS
  // clients, or names nobody.
  absl::StatusOr<VerifiedCaller> Verify(absl::string_view certificate, absl::string_view chain,
                                        absl::Time now) const;

 private:
  absl::StatusOr<VerifiedCaller> VerifyAnew(absl::string_view certificate, absl::string_view chain,
                                            absl::Time now) const;

  const crypto::CertificateAuthorities authorities_;
  // By the certificate's PEM text.
  mutable VerifiedCallers verified_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CERTIFICATE_VERIFIER_H_
