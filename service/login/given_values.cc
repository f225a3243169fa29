#include "service/login/given_values.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "service/login/extract.h"

namespace sessionbroker::login {
namespace {

// Of a urlencoded form; nullopt: an escape in it is none.
std::optional<std::string> Decode(absl::string_view encoded) {
  std::string out;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      out.push_back(encoded[i] == '+' ? ' ' : encoded[i]);
      continue;
    }
    const absl::string_view digits = encoded.substr(i + 1, 2);
    if (digits.size() != 2 || !std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit)) {
      return std::nullopt;
    }
    out += absl::HexStringToBytes(digits);
    i += 2;
  }
  return out;
}

std::optional<Value> ParseParams(absl::string_view text) {
  Params params;
  for (const absl::string_view pair : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const std::optional<std::string> name = Decode(parts.first);
    const std::optional<std::string> value = Decode(parts.second);
    if (!name.has_value() || !value.has_value()) return std::nullopt;
    params.emplace_back(*name, *value);
  }
  return Value::Params(std::move(params));
}

}  // namespace

std::optional<Value> ParseValueOf(absl::string_view name, absl::string_view text, Type type) {
  return name == "request.body" ? Value::Bytes(text) : ParseValue(text, type);
}

OpenRequest RequestOf(const Bindings& bindings) {
  OpenRequest request;
  const auto find = [&](const char* name) {
    const auto found = bindings.find(name);
    return found == bindings.end() ? nullptr : &found->second;
  };
  const auto text = [&](const char* name) {
    const Value* const value = find(name);
    return value == nullptr ? std::string() : std::string(value->text());
  };
  const auto params = [&](const char* name) {
    const Value* const value = find(name);
    return value == nullptr ? Params() : value->params();
  };
  request.method = text("request.method");
  request.origin = text("request.origin");
  if (request.origin.empty()) request.origin = text("request.host");
  request.path = text("request.path");
  request.query = params("request.query");
  request.headers = params("request.headers");
  request.form = params("request.form");
  request.has_form = find("request.form") != nullptr;
  if (const Value* const body = find("request.body")) secrets::Append(body->bytes(), request.body);
  return request;
}

std::optional<Value> ParseValue(absl::string_view text, Type type) {
  if (type == Type::kParams) return ParseParams(text);
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
  const auto add = [&](const std::vector<NamedExpression>& lets) {
    Evaluation evaluation(random);
    for (const NamedExpression& let : lets) {
      if (bindings->contains(let.name)) continue;
      absl::StatusOr<Value> value = let.expression.Evaluate(*bindings, evaluation);
      if (value.ok()) bindings->emplace(let.name, *std::move(value));
    }
  };
  for (const Step& step : program.steps()) add(step.let);
  if (program.sign().has_value()) add(program.sign()->let);
  if (program.inject().has_value()) add(program.inject()->let);
}

}  // namespace sessionbroker::login
