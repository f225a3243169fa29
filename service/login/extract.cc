#include "service/login/extract.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
  if (!answer.json_error().empty()) absl::StrAppend(&text, "; ", answer.json_error());
  return absl::InvalidArgumentError(text);
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

absl::Status Extract(absl::Span<const ExtractRule> rules, const Answer& answer,
                     Bindings* bindings) {
  for (const ExtractRule& rule : rules) {
    std::optional<Value> value;
    for (const Source& source : rule.from) {
      const JsonValue* found = answer.Find(source);
      if (found == nullptr) continue;
      if (found->text.size() > kMaxExtractedBytes) {
        return absl::InvalidArgumentError(
            absl::StrCat("the value for \"", rule.name, "\" at ", source.text(), " has ",
                         found->text.size(), " bytes, ", kMaxExtractedBytes, " are the most"));
      }
      value = Convert(*found, rule.type);
      if (value.has_value()) break;
    }
    if (value.has_value()) {
      bindings->insert_or_assign(rule.name, *std::move(value));
    } else if (!rule.optional) {
      return Missing(rule, answer);
    }
  }
  return absl::OkStatus();
}

}  // namespace sessionbroker::login
