// Page tokens that a caller has made up: refused, or the very one that the list would have given.
// The first line is the list's filter, the rest the token.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "service/access/page_token.h"
#include "service/base/account_id.h"
#include "service/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const absl::string_view filter = text.substr(0, line);
  const absl::string_view rest = text.substr(std::min(line + 1, text.size()));
  // As it is, and as what base64 may hide.
  for (const std::string& token : {std::string(rest), absl::WebSafeBase64Escape(rest)}) {
    const absl::StatusOr<base::AccountId> last = access::DecodePageToken(filter, token);
    if (!last.ok()) {
      if (base::DetailsOf(last.status()).reason != base::Reason::kInvalidArgument) __builtin_trap();
      continue;
    }
    if (access::EncodePageToken(filter, *last) != token) __builtin_trap();
    if (last->provider.empty() || last->account.empty()) __builtin_trap();
    if (!filter.empty() && last->provider != filter) __builtin_trap();
  }
  return 0;
}
