#include "service/access/caller_identifier.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "service/access/peer.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {
namespace {

// RFC 6750, 2.1; the scheme's case does not matter (RFC 9110, 11.1).
constexpr absl::string_view kScheme = "Bearer ";

absl::Status RefusedHeader(absl::string_view why) {
  return base::MakeError(base::Reason::kTokenRefused, why);
}

absl::StatusOr<VerifiedCaller> CallerByToken(const IdentitySources& sources,
                                             const Evidence& evidence, absl::Time now) {
  if (sources.tokens == nullptr) {
    return RefusedHeader("this listener takes no tokens; they belong on one with TLS that does");
  }
  if (evidence.authorizations != 1) return RefusedHeader("more than one authorization header");
  if (!absl::StartsWithIgnoreCase(evidence.authorization, kScheme)) {
    return RefusedHeader("the authorization header is not \"Bearer TOKEN\"");
  }
  return sources.tokens->Verify(evidence.authorization.substr(kScheme.size()), now);
}

std::optional<Caller> CallerByAddress(const IdentitySources& sources, absl::string_view peer) {
  if (sources.socket.has_value()) return sources.socket;
  if (sources.loopback && IsLocalPeer(peer)) return Caller::Loopback();
  return std::nullopt;
}

absl::Status NothingShown(const IdentitySources& sources) {
  std::vector<absl::string_view> ways;
  if (sources.certificates != nullptr) ways.push_back("a client certificate");
  if (sources.tokens != nullptr) ways.push_back("a bearer token");
  if (sources.loopback) ways.push_back("a connection from the broker's own machine");
  if (ways.empty()) {
    return base::MakeError(base::Reason::kUnauthenticated,
                           "nobody is known on this listener: its `callers` are not configured");
  }
  return base::MakeError(base::Reason::kUnauthenticated,
                         absl::StrCat("nothing proves who is calling: this listener wants ",
                                      absl::StrJoin(ways, " or ")));
}

}  // namespace

absl::StatusOr<Call> CallerIdentifier::Identify(Evidence evidence) const {
  const std::shared_ptr<const IdentitySources> sources = sources_.Get();
  Call call;
  std::optional<VerifiedCaller> certificate;
  if (sources->certificates != nullptr && !evidence.certificate.empty()) {
    SB_ASSIGN_OR_RETURN(
        certificate, sources->certificates->Verify(evidence.certificate, evidence.certificate_chain,
                                                   clock_->WallNow()));
  }
  if (evidence.authorizations > 0) {
    SB_ASSIGN_OR_RETURN(VerifiedCaller token, CallerByToken(*sources, evidence, clock_->WallNow()));
    call.caller = std::move(token.caller);
    call.valid_until = token.valid_until;
    if (certificate.has_value()) call.certificate = std::move(certificate->caller);
  } else if (certificate.has_value()) {
    call.caller = std::move(certificate->caller);
  } else {
    std::optional<Caller> caller = CallerByAddress(*sources, evidence.peer);
    if (!caller.has_value()) return NothingShown(*sources);
    call.caller = *std::move(caller);
  }
  if (certificate.has_value()) {
    call.valid_until = std::min(call.valid_until, certificate->valid_until);
  }
  call.peer = std::move(evidence.peer);
  call.trace_id = std::move(evidence.trace_id);
  return call;
}

}  // namespace sessionbroker::access
