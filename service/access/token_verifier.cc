#include "service/access/token_verifier.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"
#include "service/crypto/base64.h"
#include "service/crypto/digest.h"

namespace sessionbroker::access {
namespace {

using nlohmann::json;

// About 200 bytes each.
constexpr std::size_t kMaxRememberedTokens = 16384;

absl::Status RefusedToken(absl::string_view why) {
  return base::MakeError(base::Reason::kTokenRefused,
                         absl::StrCat("the token is not taken: ", why));
}

absl::string_view NameOf(crypto::VerificationKey::Algorithm algorithm) {
  return algorithm == crypto::VerificationKey::Algorithm::kRs256 ? "RS256" : "ES256";
}

// Of one part of a token; not an object where it is none.
json ObjectOf(absl::string_view part) {
  const auto bytes = crypto::Base64Decode(part, crypto::Base64Alphabet::kUrl);
  if (!bytes.ok()) return json();
  return json::parse(bytes->begin(), bytes->end(), nullptr, /*allow_exceptions=*/false);
}

bool IsText(const json& object, const char* name, absl::string_view text) {
  const auto member = object.find(name);
  return member != object.end() && member->is_string() &&
         member->get_ref<const std::string&>() == text;
}

// RFC 7519, 4.1.3: text, or several.
bool HasAudience(const json& claims, const std::string& audience) {
  const auto member = claims.find("aud");
  if (member == claims.end()) return false;
  if (!member->is_array()) return IsText(claims, "aud", audience);
  for (const json& one : *member) {
    if (one.is_string() && one.get_ref<const std::string&>() == audience) return true;
  }
  return false;
}

// RFC 7519, 2: NumericDate, seconds that may have a fraction.
std::optional<absl::Time> TimeOf(const json& claims, const char* name) {
  const auto member = claims.find(name);
  if (member == claims.end() || !member->is_number()) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(member->get<double>());
}

std::optional<Caller> ServiceAccountOf(const json& claims) {
  const auto member = claims.find("sub");
  if (member == claims.end() || !member->is_string()) return std::nullopt;
  absl::string_view subject = member->get_ref<const std::string&>();
  if (!absl::ConsumePrefix(&subject, "system:serviceaccount:")) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(subject, ':');
  if (parts.size() != 2) return std::nullopt;
  absl::StatusOr<Caller> caller = Caller::Parse(absl::StrCat("k8s:", parts[0], "/", parts[1]));
  return caller.ok() ? std::make_optional(*std::move(caller)) : std::nullopt;
}

}  // namespace

TokenVerifier::TokenVerifier(TokenRules rules, KeySet keys)
    : rules_(std::move(rules)), keys_(std::move(keys)), verified_(kMaxRememberedTokens) {}

absl::StatusOr<VerifiedCaller> TokenVerifier::Verify(absl::string_view token,
                                                     absl::Time now) const {
  if (token.size() > kMaxTokenBytes) return RefusedToken("it is too long");
  SB_ASSIGN_OR_RETURN(const auto digest, crypto::Digest(crypto::DigestAlgorithm::kSha256, token));
  const absl::string_view key(digest.data(), digest.size());
  std::optional<VerifiedCaller> known = verified_.Find(key);
  if (!known.has_value()) {
    SB_ASSIGN_OR_RETURN(known, VerifyAnew(token, now));
    verified_.Insert(key, *known);
  }
  if (now >= known->valid_until) return RefusedToken("it has expired");
  return *std::move(known);
}

absl::StatusOr<VerifiedCaller> TokenVerifier::VerifyAnew(absl::string_view token,
                                                         absl::Time now) const {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() != 3) return RefusedToken("it is not a signed JWT");
  const json header = ObjectOf(parts[0]);
  if (!header.is_object()) return RefusedToken("its header cannot be read");
  if (header.contains("crit")) return RefusedToken("its header has what must not be passed over");
  const auto kid = header.find("kid");
  if (kid != header.end() && !kid->is_string()) return RefusedToken("its kid is no text");
  const crypto::VerificationKey* const key =
      keys_.Find(kid == header.end() ? "" : kid->get_ref<const std::string&>());
  if (key == nullptr) return RefusedToken("no key of its issuer has its kid");
  // The key says how it signs; a token that says otherwise is somebody's attempt.
  if (!IsText(header, "alg", NameOf(key->algorithm()))) {
    return RefusedToken(absl::StrCat("its key signs by ", NameOf(key->algorithm()), " only"));
  }
  const auto signature = crypto::Base64Decode(parts[2], crypto::Base64Alphabet::kUrl);
  const absl::string_view signed_part = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!signature.ok() || !key->Verify(signed_part, {signature->data(), signature->size()})) {
    return RefusedToken("its signature is wrong");
  }
  const json claims = ObjectOf(parts[1]);
  if (!claims.is_object()) return RefusedToken("its claims cannot be read");
  if (!IsText(claims, "iss", rules_.issuer)) return RefusedToken("it has another issuer");
  if (!HasAudience(claims, rules_.audience)) return RefusedToken("it is for another audience");
  const std::optional<absl::Time> expiry = TimeOf(claims, "exp");
  if (!expiry.has_value()) return RefusedToken("it never expires");
  if (now >= *expiry) return RefusedToken("it has expired");
  if (claims.contains("nbf")) {
    const std::optional<absl::Time> begin = TimeOf(claims, "nbf");
    if (!begin.has_value() || now + kMaxSkew < *begin) return RefusedToken("it is not valid yet");
  }
  std::optional<Caller> caller = ServiceAccountOf(claims);
  if (!caller.has_value()) return RefusedToken("its subject is no service account");
  return VerifiedCaller{*std::move(caller), *expiry};
}

}  // namespace sessionbroker::access
