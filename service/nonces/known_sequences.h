#ifndef SESSIONBROKER_SERVICE_NONCES_KNOWN_SEQUENCES_H_
#define SESSIONBROKER_SERVICE_NONCES_KNOWN_SEQUENCES_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/nonces/sequence.h"

namespace sessionbroker::nonces {

// A sequence from which somebody draws, and how.
struct SequenceUse {
  SequenceId id;
  SequenceSpec spec;
};

// The sequences that the configured accounts draw from: what an operator may raise. Immutable,
// thread-safe if what it was given is.
class KnownSequences {
 public:
  // An origin as sequences are named by it, whatever its spelling; INVALID_ARGUMENT telling what is
  // wrong with what is none.
  using CanonicalOrigin = std::function<absl::StatusOr<std::string>(absl::string_view)>;

  struct Found {
    SequenceId id;
    // Each once, at least one: definitions may differ in how they draw from the same sequence.
    std::vector<SequenceSpec> specs;
  };

  KnownSequences(const std::vector<SequenceUse>& uses, CanonicalOrigin canonical_origin);

  // The sequence that an operator means. Errors:
  //   kInvalidArgument   no origin, or no key: metadata "field", "limit", "actual"
  //   kSequenceUnknown   nobody draws from it; the text names the nearest one
  absl::StatusOr<Found> Find(absl::string_view origin, absl::string_view key) const;

 private:
  CanonicalOrigin canonical_origin_;
  std::map<SequenceId, std::vector<SequenceSpec>> specs_;
};

}  // namespace sessionbroker::nonces

#endif  // SESSIONBROKER_SERVICE_NONCES_KNOWN_SEQUENCES_H_
