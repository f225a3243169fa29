#include "service/access/page_token.h"

#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "service/base/error.h"

namespace sessionbroker::access {
namespace {

// The token's format; a token of another version is refused.
constexpr char kVersion[] = "1";
// Between the parts: no name holds it.
constexpr absl::string_view kSeparator("\0", 1);

constexpr int32_t kDefaultPageSize = 100;
constexpr int32_t kMaxPageSize = 1000;

}  // namespace

absl::StatusOr<std::size_t> PageSizeFor(int32_t asked) {
  if (asked < 0) {
    return base::MakeError(base::Reason::kInvalidArgument,
                           absl::StrCat("page_size: at least 0, got ", asked));
  }
  return asked == 0 ? kDefaultPageSize : std::min(asked, kMaxPageSize);
}

std::string EncodePageToken(absl::string_view filter, base::AccountIdView last) {
  const std::vector<absl::string_view> parts = {kVersion, filter, last.provider, last.account};
  return absl::WebSafeBase64Escape(absl::StrJoin(parts, kSeparator));
}

absl::StatusOr<base::AccountId> DecodePageToken(absl::string_view filter, absl::string_view token) {
  const absl::Status refused = base::MakeError(
      {.reason = base::Reason::kInvalidArgument,
       .retry_after = std::nullopt,
       .metadata = {{"field", "page_token"}, {"limit", "a next_page_token of the same list"}}},
      "page_token: must be the next_page_token of the same list");
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(token, &bytes)) return refused;
  const std::vector<std::string> parts = absl::StrSplit(bytes, kSeparator);
  if (parts.size() != 4 || parts[0] != kVersion || parts[1] != filter) return refused;
  base::AccountId last{.provider = parts[2], .account = parts[3]};
  if (last.provider.empty() || last.account.empty()) return refused;
  if (!filter.empty() && last.provider != filter) return refused;
  if (EncodePageToken(filter, last) != token) return refused;
  return last;
}

}  // namespace sessionbroker::access
