#ifndef SESSIONBROKER_SERVICE_LOGIN_ANSWERS_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_ANSWERS_COMPILER_H_

#include <string>
#include <vector>

#include "service/login/answer_rules.h"
#include "service/login/compile_context.h"
#include "service/login/extract.h"
#include "service/login/source.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// Checks the rules at `path` of what the context is part of and makes what it can of them. What
// they look at is added to `sources`, each once.
std::vector<AnswerRule> CompileRules(
    const google::protobuf::RepeatedPtrField<definition::v1::Rule>& rules, const std::string& path,
    std::vector<Source>* sources, CompileContext& context);

// The same of what is taken from an answer; from then on each value is known to `context`.
// `may_be_skipped`: the step may be, so that each may be missing.
std::vector<ExtractRule> CompileExtract(
    const google::protobuf::RepeatedPtrField<definition::v1::Extract>& extracts,
    const std::string& path, bool may_be_skipped, std::vector<Source>* sources,
    CompileContext& context);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ANSWERS_COMPILER_H_
