#ifndef SESSIONBROKER_SERVICE_ACCESS_CALLER_PATTERN_H_
#define SESSIONBROKER_SERVICE_ACCESS_CALLER_PATTERN_H_

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/caller.h"
#include "service/access/glob.h"

namespace sessionbroker::access {

// Which callers a rule means: a caller as Caller::Parse reads it, in which "*" stands for any run
// of characters within one part. Parts end at "/", in a DNS name at "."; a SPIFFE ID's trust
// domain has no star. So a pattern means callers of one kind only. Immutable.
class CallerPattern {
 public:
  // INVALID_ARGUMENT for what no caller can match; it says what was expected.
  static absl::StatusOr<CallerPattern> Create(absl::string_view text);

  bool Matches(const Caller& caller) const {
    return caller.kind() == kind_ && glob_.Matches(caller.ToString());
  }

 private:
  CallerPattern(Caller::Kind kind, Glob glob) : kind_(kind), glob_(std::move(glob)) {}

  Caller::Kind kind_;
  Glob glob_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CALLER_PATTERN_H_
