#ifndef SESSIONBROKER_TESTS_LOGIN_EXPRESSION_FUNCTION_REFERENCE_H_
#define SESSIONBROKER_TESTS_LOGIN_EXPRESSION_FUNCTION_REFERENCE_H_

#include <string>

namespace sessionbroker::login {

// The table of functions as Markdown, for the chapter "Functions" of docs/providers.md.
std::string FunctionReference();

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_TESTS_LOGIN_EXPRESSION_FUNCTION_REFERENCE_H_
