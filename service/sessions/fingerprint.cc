#include "service/sessions/fingerprint.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace sessionbroker::sessions {
namespace {

constexpr absl::string_view kPurpose = "session-broker latch 1";
constexpr std::size_t kLengthBytes = sizeof(uint64_t);

void AppendText(absl::string_view text, secrets::WipedBytes& out) {
  const uint64_t length = text.size();
  for (std::size_t i = kLengthBytes; i-- > 0;) {
    out.push_back(static_cast<char>((length >> (8 * i)) & 0xff));
  }
  secrets::Append(text, out);
}

}  // namespace

absl::StatusOr<Fingerprint> Fingerprint::Of(absl::Span<const Part> parts, Mac mac) {
  secrets::WipedBytes message;
  AppendText(kPurpose, message);
  for (const Part& part : parts) {
    AppendText(part.label, message);
    AppendText(part.value, message);
  }
  SB_ASSIGN_OR_RETURN(const secrets::WipedBytes made, mac(secrets::View(message)));
  Digest digest;
  if (made.size() != digest.size()) {
    return base::MakeError(base::Reason::kInternal,
                           absl::StrCat("fingerprint of a login: the MAC has ", digest.size(),
                                        " bytes, got ", made.size()));
  }
  std::copy(made.begin(), made.end(), digest.begin());
  return Fingerprint(digest);
}

std::optional<Fingerprint> Fingerprint::FromBytes(absl::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return Fingerprint(digest);
}

}  // namespace sessionbroker::sessions
