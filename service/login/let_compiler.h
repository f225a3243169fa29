#ifndef SESSIONBROKER_SERVICE_LOGIN_LET_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_LET_COMPILER_H_

#include <set>
#include <string>
#include <vector>

#include "service/login/compile_context.h"
#include "service/login/named_expression.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// Checks the `let` at `path`; from then on each of its values is known to `context`.
// `may_be_skipped`: the step may be, so that each may be missing.
std::vector<NamedExpression> CompileLet(
    const google::protobuf::RepeatedPtrField<definition::v1::Field>& fields,
    const std::string& path, bool may_be_skipped, CompileContext& context);

// The sequences of which `used`, names of expressions, has a number.
std::vector<std::string> SequencesAmong(const std::set<std::string>& used);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_LET_COMPILER_H_
