#ifndef SESSIONBROKER_SERVICE_ACCESS_PAGE_TOKEN_H_
#define SESSIONBROKER_SERVICE_ACCESS_PAGE_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/account_id.h"

// Where a list goes on: the last account shown, bound to the list's filter. Opaque to callers, not
// a secret and not signed: rights are checked anew for every page.
namespace sessionbroker::access {

// How many entries a page has for which `asked` were asked: 100 for 0, at most 1,000.
// kInvalidArgument below 0.
absl::StatusOr<std::size_t> PageSizeFor(int32_t asked);

// `filter` is the provider that the list is limited to, or empty. Names hold no NUL.
std::string EncodePageToken(absl::string_view filter, base::AccountIdView last);

// kInvalidArgument for what EncodePageToken has not made, or made for another filter.
absl::StatusOr<base::AccountId> DecodePageToken(absl::string_view filter, absl::string_view token);

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_PAGE_TOKEN_H_
