#include "service/access/not_allowed.h"

#include "absl/strings/str_cat.h"
#include "service/base/error.h"

namespace sessionbroker::access {

absl::Status NotAllowedError(const Caller& caller, absl::string_view what, base::AccountIdView id) {
  return base::MakeError(
      base::Reason::kNotAllowed,
      absl::StrCat("no rule allows ", caller.ToString(), " to ", what, " ", id.ToString()));
}

}  // namespace sessionbroker::access
