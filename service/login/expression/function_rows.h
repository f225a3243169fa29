#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTION_ROWS_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTION_ROWS_H_

#include <vector>

#include "service/login/expression/functions.h"

namespace sessionbroker::login {

// The rows of the table that Functions() gives, by group; each group stands in a file of its own.
std::vector<Function> DigestFunctions();
std::vector<Function> EncodingFunctions();
// Of text, and of what text stands for.
std::vector<Function> TextFunctions();
std::vector<Function> TimeFunctions();
std::vector<Function> ParamFunctions();
std::vector<Function> RandomFunctions();

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_FUNCTION_ROWS_H_
