#ifndef SESSIONBROKER_SERVICE_LOGIN_TEMPLATE_EVALUATOR_H_
#define SESSIONBROKER_SERVICE_LOGIN_TEMPLATE_EVALUATOR_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/expression/value.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

// A value that went into a request and must not come back or be shown.
struct SensitiveValue {
  // kSealed or kRaw.
  Taint taint = Taint::kRaw;
  Value value;
};

// An int in decimal, a bool as true or false, a text as it is. Requires one of these.
secrets::WipedBytes TextOf(const Value& value);

// Evaluates the templates of one request and notes what must not come back. Errors are
// INVALID_ARGUMENT, name the place and never the value. Not thread-safe.
class TemplateEvaluator {
 public:
  // Both must outlive it.
  TemplateEvaluator(const Bindings& bindings, std::vector<SensitiveValue>* sent)
      : bindings_(bindings), sent_(sent) {}

  absl::StatusOr<Value> Evaluate(const Expression& expression, absl::string_view place);

  // Literals and values in one text.
  absl::StatusOr<secrets::WipedBytes> EvaluateText(const Template& text, absl::string_view place);

 private:
  const Bindings& bindings_;
  std::vector<SensitiveValue>* const sent_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_TEMPLATE_EVALUATOR_H_
