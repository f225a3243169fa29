#ifndef SESSIONBROKER_SERVICE_LOGIN_EXAMPLES_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXAMPLES_H_

#include "service/login/compile_context.h"
#include "service/login/program.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// Computes the worked examples of `definition` with the templates of `program`, which was made of
// it, and reports each value that is not as expected, with both: an example's values are made up.
void CheckExamples(const definition::v1::Definition& definition, const Program& program,
                   CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXAMPLES_H_
