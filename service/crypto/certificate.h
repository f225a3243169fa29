#ifndef SESSIONBROKER_SERVICE_CRYPTO_CERTIFICATE_H_
#define SESSIONBROKER_SERVICE_CRYPTO_CERTIFICATE_H_

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sessionbroker::crypto {

// An X.509 certificate. Immutable, cheap to copy.
class Certificate {
 public:
  // All that stand in a PEM text, in their order. INVALID_ARGUMENT where one cannot be read.
  static absl::StatusOr<std::vector<Certificate>> AllFromPem(absl::string_view pem);

  // Of its subjectAltName (RFC 5280, 4.2.1.6), byte for byte: they may hold anything.
  std::vector<std::string> Uris() const;
  std::vector<std::string> DnsNames() const;

  // It is valid before then.
  absl::Time not_after() const;

 private:
  friend class CertificateAuthorities;

  explicit Certificate(std::shared_ptr<X509> certificate) : certificate_(std::move(certificate)) {}

  std::shared_ptr<X509> certificate_;
};

// Who vouches for certificates. Immutable, thread-safe, cheap to copy.
class CertificateAuthorities {
 public:
  // INVALID_ARGUMENT where `pem` holds no certificate, or one that cannot be read or is none of an
  // authority (RFC 5280, 4.2.1.9).
  static absl::StatusOr<CertificateAuthorities> FromPem(absl::string_view pem);

  // Ok where a chain over `intermediates` leads from `leaf` to one of these, all of it is valid at
  // `now`, and `leaf` may be used as a TLS client's. PERMISSION_DENIED otherwise, with OpenSSL's
  // reason.
  absl::Status VerifyClient(const Certificate& leaf, const std::vector<Certificate>& intermediates,
                            absl::Time now) const;

 private:
  explicit CertificateAuthorities(std::shared_ptr<X509_STORE> store) : store_(std::move(store)) {}

  std::shared_ptr<X509_STORE> store_;
};

}  // namespace sessionbroker::crypto

#endif  // SESSIONBROKER_SERVICE_CRYPTO_CERTIFICATE_H_
