#include "service/access/certificate_verifier.h"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {
namespace {

// About 3 KiB each.
constexpr std::size_t kMaxRememberedCertificates = 4096;

absl::Status RefusedCertificate(absl::string_view why) {
  return base::MakeError(base::Reason::kCertificateRefused,
                         absl::StrCat("the client certificate is not taken: ", why));
}

bool IsSpiffe(const std::string& uri) { return absl::StartsWithIgnoreCase(uri, "spiffe:"); }

}  // namespace

absl::StatusOr<Caller> CallerOf(const crypto::Certificate& certificate) {
  const std::vector<std::string> uris = certificate.Uris();
  if (absl::c_any_of(uris, IsSpiffe)) {
    // X.509-SVID, 5.2: more than one URI is refused.
    if (uris.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("it has ", uris.size(), " URIs, and a SPIFFE ID stands alone"));
    }
    absl::StatusOr<Caller> caller = Caller::Parse(uris.front());
    if (caller.ok()) return caller;
    return absl::InvalidArgumentError("its SPIFFE ID is not valid or has no path");
  }
  const std::vector<std::string> names = certificate.DnsNames();
  if (names.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("it names its owner by ", names.size(),
                                                   " DNS names and no SPIFFE ID, and must by one"));
  }
  absl::StatusOr<Caller> caller =
      Caller::Parse(absl::StrCat("dns:", absl::AsciiStrToLower(names.front())));
  if (caller.ok()) return caller;
  return absl::InvalidArgumentError("its DNS name is not valid or has a wildcard");
}

CertificateVerifier::CertificateVerifier(crypto::CertificateAuthorities authorities)
    : authorities_(std::move(authorities)), verified_(kMaxRememberedCertificates) {}

absl::StatusOr<VerifiedCaller> CertificateVerifier::Verify(absl::string_view certificate,
                                                           absl::string_view chain,
                                                           absl::Time now) const {
  std::optional<VerifiedCaller> known = verified_.Find(certificate);
  if (!known.has_value()) {
    SB_ASSIGN_OR_RETURN(known, VerifyAnew(certificate, chain, now));
    verified_.Insert(certificate, *known);
  }
  if (now >= known->valid_until) return RefusedCertificate("it has expired");
  return *std::move(known);
}

absl::StatusOr<VerifiedCaller> CertificateVerifier::VerifyAnew(absl::string_view certificate,
                                                               absl::string_view chain,
                                                               absl::Time now) const {
  const auto leaf = crypto::Certificate::AllFromPem(certificate);
  const auto intermediates = crypto::Certificate::AllFromPem(chain);
  if (!leaf.ok() || leaf->size() != 1 || !intermediates.ok())
    return RefusedCertificate("it cannot be read");
  if (const absl::Status status = authorities_.VerifyClient(leaf->front(), *intermediates, now);
      !status.ok()) {
    return RefusedCertificate(status.message());
  }
  absl::StatusOr<Caller> caller = CallerOf(leaf->front());
  if (!caller.ok()) return RefusedCertificate(caller.status().message());
  return VerifiedCaller{*std::move(caller), leaf->front().not_after()};
}

}  // namespace sessionbroker::access
