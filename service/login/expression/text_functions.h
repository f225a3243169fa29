#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TEXT_FUNCTIONS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TEXT_FUNCTIONS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/login/expression/value.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// All but letters, digits, `-`, `.`, `_` and `~` as %XX (RFC 3986).
secrets::WipedBytes PercentEncode(absl::string_view text);
// The same, but a space as `+` and `~` as %7E: as http::EncodeFormComponent.
secrets::WipedBytes FormEncode(absl::string_view text);

// Bodies of functions, functions.h.

// (bytes) → text
absl::StatusOr<Value> ToHex(absl::Span<const Value> arguments);
absl::StatusOr<Value> ToBase64(absl::Span<const Value> arguments);
absl::StatusOr<Value> ToBase64Url(absl::Span<const Value> arguments);
absl::StatusOr<Value> BytesToText(absl::Span<const Value> arguments);

// (text) → bytes
absl::StatusOr<Value> TextToBytes(absl::Span<const Value> arguments);
absl::StatusOr<Value> TextToUtf16Le(absl::Span<const Value> arguments);
absl::StatusOr<Value> TextToLatin1(absl::Span<const Value> arguments);
absl::StatusOr<Value> FromHex(absl::Span<const Value> arguments);
absl::StatusOr<Value> FromBase64(absl::Span<const Value> arguments);
absl::StatusOr<Value> FromBase64Url(absl::Span<const Value> arguments);

// (text) → text
absl::StatusOr<Value> ToUpper(absl::Span<const Value> arguments);
absl::StatusOr<Value> ToLower(absl::Span<const Value> arguments);
absl::StatusOr<Value> ToPercent(absl::Span<const Value> arguments);
absl::StatusOr<Value> ToForm(absl::Span<const Value> arguments);

// (text, start: int) → text, (text, start: int, end: int) → text
absl::StatusOr<Value> Substring(absl::Span<const Value> arguments);
// (text, old: text, new: text) → text
absl::StatusOr<Value> Replace(absl::Span<const Value> arguments);
// (text, separator: text, index: int) → text
absl::StatusOr<Value> Column(absl::Span<const Value> arguments);
// (text, size: int, separator: text) → text
absl::StatusOr<Value> Group(absl::Span<const Value> arguments);
// What taking the first argument apart takes beyond reading it, and what searching it for the
// second takes.
int64_t WorkOfParting(absl::Span<const Value> arguments);
int64_t WorkOfSearch(absl::Span<const Value> arguments);
// (text or bytes) → int
absl::StatusOr<Value> Size(absl::Span<const Value> arguments);

// (int) → text
absl::StatusOr<Value> IntToText(absl::Span<const Value> arguments);
// (bool) → text
absl::StatusOr<Value> BoolToText(absl::Span<const Value> arguments);
// (text) → int
absl::StatusOr<Value> TextToInt(absl::Span<const Value> arguments);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TEXT_FUNCTIONS_H_
