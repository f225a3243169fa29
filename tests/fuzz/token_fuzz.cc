// Tokens that a caller has made up: never taken, as nobody here can sign, and never a crash. The
// first line is the header, the second the claims, the rest the signature; so both the raw text and
// what base64 hides are tried.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "service/access/key_set.h"
#include "service/access/token_verifier.h"
#include "service/base/error.h"

namespace {

// The public keys of RFC 7515, A.2 and A.3.
constexpr char kKeys[] = R"({"keys": [
  {"kid": "r", "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
  {"kid": "e", "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  using namespace sessionbroker;
  static const auto* const verifier = new access::TokenVerifier(
      {.issuer = "joe", .audience = "session-broker"}, access::KeySet::FromJson(kKeys).value());
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('\n', 2));
  std::string encoded;
  for (const absl::string_view part : parts) {
    std::string digits = absl::WebSafeBase64Escape(part);
    while (!digits.empty() && digits.back() == '=') digits.pop_back();
    absl::StrAppend(&encoded, encoded.empty() ? "" : ".", digits);
  }
  for (const std::string& token : {std::string(text), encoded}) {
    const auto verified = verifier->Verify(token, absl::FromUnixSeconds(1300819000));
    if (verified.ok()) __builtin_trap();
    if (base::DetailsOf(verified.status()).reason != base::Reason::kTokenRefused) __builtin_trap();
  }
  // The other text that somebody else writes: whatever it is, it is read or refused.
  const auto keys = access::KeySet::FromJson(text);
  if (!keys.ok() && keys.status().message().empty()) __builtin_trap();
  return 0;
}
