#include "service/login/given_values.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "service/login/extract.h"

namespace sessionbroker::login {

std::optional<Value> ParseValue(absl::string_view text, Type type) {
  if (type == Type::kParams) return std::nullopt;
  if (type == Type::kBytes) {
    const bool is_hex =
        text.size() % 2 == 0 && std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
    return is_hex ? std::make_optional(Value::Bytes(absl::HexStringToBytes(text))) : std::nullopt;
  }
  if (type == Type::kTime) {
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return std::nullopt;
    return Value::Time(time);
  }
  if (type == Type::kDuration) {
    absl::Duration duration;
    if (!absl::ParseDuration(text, &duration)) return std::nullopt;
    return Value::Duration(duration);
  }
  return Convert(JsonValue{JsonValue::Kind::kString, std::string(text)}, type);
}

Bindings DefaultsOf(const Program& program) {
  Bindings bindings;
  for (const ParameterSpec& parameter : program.parameters()) {
    if (!parameter.default_value.has_value()) continue;
    bindings.emplace(absl::StrCat("account.", parameter.name),
                     Value::Text(*parameter.default_value));
  }
  return bindings;
}

void AddLets(const Program& program, crypto::RandomSource& random, Bindings* bindings) {
  for (const Step& step : program.steps()) {
    Evaluation evaluation(random);
    for (const NamedExpression& let : step.let) {
      if (bindings->contains(let.name)) continue;
      absl::StatusOr<Value> value = let.expression.Evaluate(*bindings, evaluation);
      if (value.ok()) bindings->emplace(let.name, *std::move(value));
    }
  }
}

}  // namespace sessionbroker::login
