#include "service/login/sent_secrets.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::login {
namespace {

// As it would stand in a text; "" for what stands in none.
std::string ShownAs(const Value& value) {
  switch (value.type()) {
    case Type::kInt:
      return absl::StrCat(value.int_value());
    case Type::kBool:
      return value.bool_value() ? "true" : "false";
    case Type::kTime:
    case Type::kDuration:
    // What is put into them is text by the time that it is sent.
    case Type::kParams:
      return "";
    case Type::kText:
    case Type::kBytes:
      break;
  }
  return std::string(value.data());
}

}  // namespace

SensitiveTexts SensitiveTextsOf(const Program& program, const Bindings& bindings,
                                absl::Span<const SensitiveValue> sent, Taint lowest) {
  SensitiveTexts sensitive;
  for (const std::string& name : program.secrets()) {
    const auto secret = bindings.find(absl::StrCat("secret.", name));
    if (secret != bindings.end()) sensitive.Add(secret->second.data());
  }
  for (const SensitiveValue& value : sent) {
    if (value.taint >= lowest) sensitive.Add(ShownAs(value.value));
  }
  return sensitive;
}

absl::Status CheckNothingComesBack(const Step& step, const Bindings& bindings,
                                   const SensitiveTexts& secrets) {
  for (const ExtractRule& rule : step.extract) {
    const auto value = bindings.find(rule.name);
    if (value != bindings.end() && secrets.AppearIn(ShownAs(value->second))) {
      return absl::InvalidArgumentError(
          absl::StrCat("the value for \"", rule.name, "\" holds a secret that was sent"));
    }
  }
  return absl::OkStatus();
}

void AddExtracted(absl::Span<const Step> steps, const Bindings& bindings,
                  SensitiveTexts* sensitive) {
  for (const auto& [name, value] : bindings) {
    if (absl::StartsWith(name, "kept.")) sensitive->Add(value.text());
  }
  for (const Step& step : steps) {
    for (const ExtractRule& rule : step.extract) {
      const auto value = bindings.find(rule.name);
      if (value == bindings.end() || value->second.type() != Type::kText) continue;
      // Shorter ones say nothing, and would make the excerpt withhold everything.
      if (value->second.text().size() < SensitiveTexts::kMinRecognizableBytes) continue;
      sensitive->Add(value->second.text());
    }
  }
}

}  // namespace sessionbroker::login
