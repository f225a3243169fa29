#ifndef SESSIONBROKER_SERVICE_LOGIN_TEMPLATE_EVALUATOR_H_
#define SESSIONBROKER_SERVICE_LOGIN_TEMPLATE_EVALUATOR_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/login/expression/evaluation.h"
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

// A value that went into a request, and what it was made by, which must outlive this.
struct EvaluatedValue {
  const Expression* expression = nullptr;
  Value value;
};

// Evaluates the templates of one request and notes what must not come back. Errors are
// INVALID_ARGUMENT, name the place and never the value. Not thread-safe.
class TemplateEvaluator {
 public:
  // All must outlive it.
  TemplateEvaluator(const Bindings& bindings, Evaluation& evaluation,
                    std::vector<SensitiveValue>* sent)
      : bindings_(bindings), evaluation_(&evaluation), sent_(sent) {}

  // One to build the same request with again, as it may be shown: it evaluates nothing but gives
  // what `show` makes of the values in `record`, in their order. Both must outlive it.
  using Show = std::function<Value(const EvaluatedValue&)>;
  static TemplateEvaluator Replaying(const Bindings& bindings,
                                     const std::vector<EvaluatedValue>& record, const Show& show) {
    return TemplateEvaluator(bindings, record, show);
  }

  // Notes each value in `record`, which must outlive it.
  void RecordIn(std::vector<EvaluatedValue>* record) { record_ = record; }

  absl::StatusOr<Value> Evaluate(const Expression& expression, absl::string_view place);

  // Literals and values in one text.
  absl::StatusOr<secrets::WipedBytes> EvaluateText(const Template& text, absl::string_view place);

 private:
  TemplateEvaluator(const Bindings& bindings, const std::vector<EvaluatedValue>& record,
                    const Show& show)
      : bindings_(bindings), replayed_(&record), show_(&show) {}

  absl::StatusOr<Value> Replay(absl::string_view place);

  const Bindings& bindings_;
  // Neither is there where it replays.
  Evaluation* const evaluation_ = nullptr;
  std::vector<SensitiveValue>* const sent_ = nullptr;
  std::vector<EvaluatedValue>* record_ = nullptr;
  const std::vector<EvaluatedValue>* replayed_ = nullptr;
  const Show* show_ = nullptr;
  std::size_t next_ = 0;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_TEMPLATE_EVALUATOR_H_
