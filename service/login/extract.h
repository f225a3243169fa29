#ifndef SESSIONBROKER_SERVICE_LOGIN_EXTRACT_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXTRACT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "service/login/answer.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/value.h"
#include "service/login/source.h"

namespace sessionbroker::login {

// A longer text is no value of a login.
inline constexpr std::size_t kMaxExtractedBytes = 16384;

// One value to take from an answer.
struct ExtractRule {
  std::string name;
  // The first that is there and has the type counts.
  std::vector<Source> from;
  // kText, kInt or kBool.
  Type type = Type::kText;
  bool optional = false;
  // Of type text: look in it instead of in the answer.
  std::optional<Expression> in = std::nullopt;
};

// What `value` is as a `type`; nullopt: it is none. Text: a string, or the JSON text of a number or
// boolean. Int: a JSON number or a string that is a decimal integer of 64 bits. Bool: true or
// false, as JSON's or as a string. A container is none of them.
std::optional<Value> Convert(const JsonValue& value, Type type);

// Adds the value of each rule, in their order, to `bindings`; an optional one that is missing gets
// none. INVALID_ARGUMENT: a value is missing or longer than kMaxExtractedBytes, or the text to look
// in cannot be computed; the text names it and its sources, never what was there.
absl::Status Extract(absl::Span<const ExtractRule> rules, const Answer& answer, Bindings* bindings,
                     Evaluation& evaluation);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXTRACT_H_
