#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_CHECKER_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_CHECKER_H_

#include <vector>

#include "service/login/expression/expression.h"
#include "service/login/expression/flow.h"
#include "service/login/expression/node.h"

namespace sessionbroker::login {

// Resolves names and functions, gives each node its type, and follows what goes into the value.
// Appends each mistake to `errors`; the tree is fit for evaluation, and the result of use, if there
// was none. A part with a mistake causes no further ones.
Flow Check(const Scope& scope, Node* root, std::vector<ExpressionError>* errors);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_CHECKER_H_
