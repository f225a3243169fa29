#ifndef SESSIONBROKER_SERVICE_LOGIN_SENT_SECRETS_H_
#define SESSIONBROKER_SERVICE_LOGIN_SENT_SECRETS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/taint.h"
#include "service/login/program.h"
#include "service/login/sensitive_texts.h"
#include "service/login/template_evaluator.h"

namespace sessionbroker::login {

// What a login has sent and must not see again: its secrets, and what was made of them.

// The definition's secrets, and of `sent` what is of at least this taint.
SensitiveTexts SensitiveTextsOf(const Program& program, const Bindings& bindings,
                                absl::Span<const SensitiveValue> sent, Taint lowest);

// INVALID_ARGUMENT, naming it and never the value, where a value that the step extracted holds one
// of `secrets`.
absl::Status CheckNothingComesBack(const Step& step, const Bindings& bindings,
                                   const SensitiveTexts& secrets);

// Adds what may be a session or lead to one: what is kept, and every text that these steps
// extracted. For what an operator is shown of an answer.
void AddExtracted(absl::Span<const Step> steps, const Bindings& bindings,
                  SensitiveTexts* sensitive);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SENT_SECRETS_H_
