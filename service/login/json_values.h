#ifndef SESSIONBROKER_SERVICE_LOGIN_JSON_VALUES_H_
#define SESSIONBROKER_SERVICE_LOGIN_JSON_VALUES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/login/json_pointer.h"

namespace sessionbroker::login {

// One value of a JSON document. Never null: that counts as not there.
struct JsonValue {
  enum class Kind { kString, kNumber, kBool, kContainer };

  Kind kind = Kind::kString;
  // A string's own text; a number or boolean as JSON writes it, so that big integers and fractions
  // stay exact; of a container nothing.
  std::string text;
};

// How deep arrays and objects may lie in each other.
inline constexpr int kMaxJsonDepth = 64;

// Reads `document` once and returns the values at `paths`, in their order; nullopt where there is
// none. Of equal keys the last counts. Nothing else of the document is kept, whatever its size.
// INVALID_ARGUMENT: it is not JSON (RFC 8259, UTF-8, nothing after it), or deeper than
// kMaxJsonDepth; the text does not cite it.
absl::StatusOr<std::vector<std::optional<JsonValue>>> FindJsonValues(
    absl::string_view document, absl::Span<const JsonPath* const> paths);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_JSON_VALUES_H_
