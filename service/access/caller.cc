#include "service/access/caller.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/access/consists_of.h"

namespace sessionbroker::access {
namespace {

// SPIFFE-ID, "Maximum SPIFFE ID length"; RFC 1035, 2.3.4; RFC 1123.
constexpr std::size_t kMaxSpiffeBytes = 2048;
constexpr std::size_t kMaxTrustDomainBytes = 255;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxDnsBytes = 253;
constexpr std::size_t kMaxUnixBytes = 64;

bool IsLowerAlphanumeric(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

bool IsTrustDomainCharacter(char c) {
  return IsLowerAlphanumeric(c) || c == '.' || c == '-' || c == '_';
}
bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_'; }

// SPIFFE-ID, 2.2: segments are not empty, and "." and ".." are none.
bool IsPathSegment(absl::string_view text) {
  return ConsistsOf(text, IsNameCharacter) && text != "." && text != "..";
}

// Behind "spiffe://".
bool IsSpiffeId(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '/');
  return parts.size() >= 2 && parts[0].size() <= kMaxTrustDomainBytes &&
         ConsistsOf(parts[0], IsTrustDomainCharacter) &&
         std::all_of(parts.begin() + 1, parts.end(), IsPathSegment);
}

// Kubernetes' "DNS label"; certificates have "_" besides.
bool IsLabel(absl::string_view text, bool underscore) {
  const auto allowed = [underscore](char c) {
    return IsLowerAlphanumeric(c) || c == '-' || (underscore && c == '_');
  };
  return !text.empty() && text.size() <= kMaxLabelBytes && text.front() != '-' &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), allowed);
}

bool IsDnsName(absl::string_view text, bool underscore) {
  if (text.size() > kMaxDnsBytes) return false;
  const std::vector<absl::string_view> labels = absl::StrSplit(text, '.');
  return std::all_of(labels.begin(), labels.end(),
                     [underscore](absl::string_view label) { return IsLabel(label, underscore); });
}

bool IsServiceAccount(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '/');
  return parts.size() == 2 && IsLabel(parts[0], false) && IsDnsName(parts[1], false);
}

}  // namespace

absl::StatusOr<Caller> Caller::Parse(absl::string_view text) {
  absl::string_view rest = text;
  if (text == Loopback().ToString()) return Loopback();
  if (text.size() <= kMaxSpiffeBytes && absl::ConsumePrefix(&rest, "spiffe://") &&
      IsSpiffeId(rest)) {
    return Caller(Kind::kSpiffe, text);
  }
  if (absl::ConsumePrefix(&rest, "dns:") && IsDnsName(rest, true)) return Caller(Kind::kDns, text);
  if (absl::ConsumePrefix(&rest, "k8s:") && IsServiceAccount(rest)) {
    return Caller(Kind::kKubernetes, text);
  }
  if (absl::ConsumePrefix(&rest, "unix:") && rest.size() <= kMaxUnixBytes &&
      ConsistsOf(rest, IsNameCharacter)) {
    return Caller(Kind::kUnix, text);
  }
  return absl::InvalidArgumentError(
      "\"loopback\", \"spiffe://TRUST-DOMAIN/PATH\", \"dns:NAME\", "
      "\"k8s:NAMESPACE/SERVICE-ACCOUNT\" "
      "or \"unix:NAME\"");
}

}  // namespace sessionbroker::access
