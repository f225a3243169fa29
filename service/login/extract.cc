#include "service/login/extract.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"
#include "service/login/integer.h"

namespace sessionbroker::login {
namespace {

absl::Status Missing(const ExtractRule& rule, const Answer& answer) {
  std::vector<std::string> sources;
  for (const Source& source : rule.from) sources.push_back(source.text());
  std::string text =
      absl::StrCat("the answer has no ", rule.type == Type::kText ? "" : NameOf(rule.type),
                   rule.type == Type::kText ? "" : " ", "value for \"", rule.name, "\" at ",
                   absl::StrJoin(sources, " or "));
  if (!rule.in.has_value() && !answer.parse_error().empty()) {
    absl::StrAppend(&text, "; ", answer.parse_error());
  };
  return absl::InvalidArgumentError(text);
}

// The first that is there and has the type.
absl::StatusOr<std::optional<Value>> ValueOf(const ExtractRule& rule, const Answer& answer,
                                             const Bindings& bindings, Evaluation& evaluation) {
  std::optional<Value> text;
  if (rule.in.has_value()) {
    absl::StatusOr<Value> evaluated = rule.in->Evaluate(bindings, evaluation);
    if (!evaluated.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("the text to find \"", rule.name, "\" in: ", evaluated.status().message()));
    }
    text = *std::move(evaluated);
  }
  for (const Source& source : rule.from) {
    std::optional<JsonValue> in_text;
    if (text.has_value()) in_text = FindInText(source, text->text());
    const JsonValue* found =
        text.has_value() ? (in_text.has_value() ? &*in_text : nullptr) : answer.Find(source);
    if (found == nullptr) continue;
    if (found->text.size() > kMaxExtractedBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("the value for \"", rule.name, "\" at ", source.text(), " has ",
                       found->text.size(), " bytes, ", kMaxExtractedBytes, " are the most"));
    }
    std::optional<Value> value = Convert(*found, rule.type);
    if (value.has_value()) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Value> Convert(const JsonValue& value, Type type) {
  if (value.kind == JsonValue::Kind::kContainer) return std::nullopt;
  switch (type) {
    case Type::kText:
      if (!base::IsValidUtf8(value.text)) return std::nullopt;  // Only a body can be anything else.
      return Value::Text(value.text);
    case Type::kInt:
      if (value.kind == JsonValue::Kind::kBool) return std::nullopt;
      if (const std::optional<int64_t> number = ParseInteger(value.text)) {
        return Value::Int(*number);
      }
      return std::nullopt;
    case Type::kBool:
      if (value.kind == JsonValue::Kind::kNumber) return std::nullopt;
      if (value.text == "true") return Value::Bool(true);
      if (value.text == "false") return Value::Bool(false);
      return std::nullopt;
    case Type::kBytes:
    case Type::kTime:
    case Type::kDuration:
    case Type::kParams:
      return std::nullopt;
  }
  return std::nullopt;
}

absl::Status Extract(absl::Span<const ExtractRule> rules, const Answer& answer, Bindings* bindings,
                     Evaluation& evaluation) {
  for (const ExtractRule& rule : rules) {
    SB_ASSIGN_OR_RETURN(std::optional<Value> value, ValueOf(rule, answer, *bindings, evaluation));
    if (value.has_value()) {
      bindings->insert_or_assign(rule.name, *std::move(value));
    } else if (!rule.optional) {
      return Missing(rule, answer);
    }
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::login
