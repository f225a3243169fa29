#ifndef SESSIONBROKER_SERVICE_LOGIN_TRACE_H_
#define SESSIONBROKER_SERVICE_LOGIN_TRACE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "service/http/message.h"
#include "service/login/answer_rules.h"
#include "service/login/conversation.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/value.h"
#include "service/login/program.h"
#include "service/login/request_builder.h"
#include "service/login/sensitive_texts.h"
#include "service/login/template_evaluator.h"

namespace sessionbroker::login {

// What the author of a definition may see of a login, probe or logout: "<redacted>" stands in place
// of each value that the language counts as sealed or raw, and what may be a session is shortened.

// A request as it is shown.
struct TracedRequest {
  Conversation conversation = Conversation::kLogin;
  // Index into the conversation's steps.
  std::size_t step = 0;
  // The first 4 KiB of the body.
  http::Request request;
};

// A value that was taken from an answer.
struct TracedValue {
  std::string name;
  Type type = Type::kText;
  std::string text;
};

// What came, and what it means.
struct TracedAnswer {
  Conversation conversation = Conversation::kLogin;
  // Index into the conversation's steps.
  std::size_t step = 0;
  // Ok, or why no answer came.
  absl::Status status;
  // What follows is of use where `status` is ok.
  int http_status = 0;
  std::size_t body_size_in_bytes = 0;
  absl::Duration elapsed;
  // As in Run::Exchange.
  std::optional<std::size_t> rule;
  std::optional<Outcome> outcome;
  // In the definition's order; without optional ones that are missing.
  std::vector<TracedValue> values;
};

// Whoever looks on while a definition is tried. Called on the thread on which the login runs; must
// not block.
class Trace {
 public:
  virtual ~Trace() = default;

  virtual void OnRequest(const TracedRequest& request) = 0;
  virtual void OnAnswer(const TracedAnswer& answer) = 0;
};

// The request that `values` went into, in the order of evaluation, as it may be shown. `secrets`
// are what must not be in it although no tainted expression has brought it there.
TracedRequest TraceRequest(const Program& program, Conversation conversation, std::size_t step,
                           const Destination& destination, const Bindings& bindings,
                           const std::vector<EvaluatedValue>& values,
                           const SensitiveTexts& secrets);

// The values of `step` in `bindings`. Only the beginning is shown of one that the session, or what
// an account keeps, is made of, and of a long one that looks like a key. `sensitive` is what must
// not be shown at all.
std::vector<TracedValue> TraceValues(const Program& program, Conversation conversation,
                                     std::size_t step, const Bindings& bindings,
                                     const SensitiveTexts& sensitive);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_TRACE_H_
