#include "service/access/caller_pattern.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sessionbroker::access {
namespace {

constexpr absl::string_view kSpiffeScheme = "spiffe://";

char EndOfPart(Caller::Kind kind) { return kind == Caller::Kind::kDns ? '.' : '/'; }

bool HasStarInTrustDomain(absl::string_view spiffe_id) {
  const absl::string_view trust_domain =
      spiffe_id.substr(0, spiffe_id.find('/', kSpiffeScheme.size()));
  return absl::StrContains(trust_domain, '*');
}

}  // namespace

absl::StatusOr<CallerPattern> CallerPattern::Create(absl::string_view text) {
  // With a letter in a star's place it is a caller that it matches.
  const absl::StatusOr<Caller> example = Caller::Parse(absl::StrReplaceAll(text, {{"*", "a"}}));
  const bool is_pattern =
      example.ok() && (example->kind() != Caller::Kind::kLoopback || text == example->ToString());
  if (!is_pattern) {
    return absl::InvalidArgumentError(absl::StrCat(
        Caller::Parse("").status().message(), ", with \"*\" for any run of characters in a part"));
  }
  if (example->kind() == Caller::Kind::kSpiffe && HasStarInTrustDomain(text)) {
    return absl::InvalidArgumentError("a trust domain without \"*\"");
  }
  return CallerPattern(example->kind(), Glob(std::string(text), EndOfPart(example->kind())));
}

}  // namespace sessionbroker::access
