#include "service/login/template_evaluator.h"

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"

namespace sessionbroker::login {

using secrets::WipedBytes;

WipedBytes TextOf(const Value& value) {
  WipedBytes out;
  switch (value.type()) {
    case Type::kInt:
      Append(absl::StrCat(value.int_value()), out);
      break;
    case Type::kBool:
      Append(value.bool_value() ? "true" : "false", out);
      break;
    default:
      Append(value.text(), out);
      break;
  }
  return out;
}

absl::StatusOr<Value> TemplateEvaluator::Evaluate(const Expression& expression,
                                                  absl::string_view place) {
  if (replayed_ != nullptr) return Replay(place);
  absl::StatusOr<Value> value = expression.Evaluate(bindings_, *evaluation_);
  if (!value.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": ", value.status().message()));
  }
  if (expression.taint() >= Taint::kSealed) {
    sent_->push_back(SensitiveValue{expression.taint(), *value});
  }
  if (record_ != nullptr) record_->push_back(EvaluatedValue{&expression, *value});
  return value;
}

absl::StatusOr<Value> TemplateEvaluator::Replay(absl::string_view place) {
  if (next_ == replayed_->size()) {
    return absl::InvalidArgumentError(absl::StrCat(place, ": not evaluated before"));
  }
  return (*show_)((*replayed_)[next_++]);
}

absl::StatusOr<WipedBytes> TemplateEvaluator::EvaluateText(const Template& text,
                                                           absl::string_view place) {
  WipedBytes out;
  for (const Template::Part& part : text.parts()) {
    if (part.expression == nullptr) {
      Append(part.literal, out);
      continue;
    }
    SB_ASSIGN_OR_RETURN(const Value value, Evaluate(*part.expression, place));
    Append(View(TextOf(value)), out);
  }
  return out;
}

}  // namespace sessionbroker::login
