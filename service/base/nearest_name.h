#ifndef SESSIONBROKER_SERVICE_BASE_NEAREST_NAME_H_
#define SESSIONBROKER_SERVICE_BASE_NEAREST_NAME_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace sessionbroker::base {

// The candidate that `word` was probably meant to be: the fewest letters inserted, removed,
// replaced or swapped with their neighbour, at most a third of the longer word (and at least one);
// case does not count. Of equals the first. Empty: none is near.
std::string NearestName(absl::string_view word, const std::vector<std::string>& candidates);

// `; did you mean "NEAREST"?`, or `; WHAT: A, B, C` with all candidates where none is near, or
// nothing where there are none. For the end of a message about an unknown `word`.
std::string Suggestion(absl::string_view word, const std::vector<std::string>& candidates,
                       absl::string_view what);

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_NEAREST_NAME_H_
