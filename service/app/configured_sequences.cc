#include "service/app/configured_sequences.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/app/sequence_source.h"
#include "service/base/status_macros.h"
#include "service/http/url.h"
#include "service/login/account_values.h"

namespace sessionbroker::app {
namespace {

absl::StatusOr<std::string> CanonicalOrigin(absl::string_view text) {
  SB_ASSIGN_OR_RETURN(const http::BaseUrl url, http::BaseUrl::Create(text));
  if (!url.path().empty()) return absl::InvalidArgumentError("it has a path too");
  return url.origin().ToString();
}

}  // namespace

std::vector<nonces::SequenceUse> SequenceUsesOf(const login::Account& account) {
  std::vector<nonces::SequenceUse> uses;
  for (const login::AccountSequence& sequence : login::SequencesOf(account)) {
    uses.push_back({{.origin = sequence.id.origin, .key = sequence.id.key},
                    SequenceSource::SpecOf(sequence.spec)});
  }
  return uses;
}

nonces::KnownSequences ConfiguredSequences(
    const std::vector<std::shared_ptr<const login::Account>>& accounts,
    std::vector<nonces::SequenceUse> more) {
  std::vector<nonces::SequenceUse> uses = std::move(more);
  for (const auto& account : accounts) {
    for (nonces::SequenceUse& use : SequenceUsesOf(*account)) uses.push_back(std::move(use));
  }
  return nonces::KnownSequences(uses, CanonicalOrigin);
}

}  // namespace sessionbroker::app
