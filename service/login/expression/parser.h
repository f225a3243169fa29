#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_PARSER_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_PARSER_H_

#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/node.h"

namespace sessionbroker::login {

// Text to tree, by the grammar in docs/providers.md; names, functions and types are not looked at.
// Stops at the first mistake: appends it to `errors` and returns nullptr. Within the limits of
// limits.h for any text.
std::unique_ptr<Node> Parse(absl::string_view text, std::vector<ExpressionError>* errors);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_PARSER_H_
