#ifndef SESSIONBROKER_SERVICE_LOGIN_NAMED_EXPRESSION_H_
#define SESSIONBROKER_SERVICE_LOGIN_NAMED_EXPRESSION_H_

#include <string>

#include "service/login/expression/expression.h"

namespace sessionbroker::login {

// An expression and what its value is called.
struct NamedExpression {
  std::string name;
  Expression expression;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_NAMED_EXPRESSION_H_
