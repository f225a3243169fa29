#ifndef SESSIONBROKER_SERVICE_LOGIN_COMPILER_H_
#define SESSIONBROKER_SERVICE_LOGIN_COMPILER_H_

#include <cstddef>
#include <memory>

#include "service/config/diagnostics.h"
#include "service/config/source_map.h"
#include "service/login/program.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {

// What a definition may hold at most.
inline constexpr int kMaxSteps = 16;
// Of each list: parameters, fields of a request, rules, conditions, extracted values, …
inline constexpr int kMaxListLength = 64;
// Of a name.
inline constexpr std::size_t kMaxNameBytes = 63;
// Of a template.
inline constexpr std::size_t kMaxTemplateBytes = 8192;

// Checks a definition and makes a program of it. Every mistake goes into `diagnostics` at the place
// that `places` knows, an expression's at its own offset; one is enough for nullptr. What a reader
// has reported already as missing or unreadable (there are diagnostics of this file) is not
// reported again. Last, where all else is right, the worked examples are computed.
//
// Refused besides what is wrong by itself: an expression through which a secret, or what is
// computed from one, could get anywhere but into a login request; a name that nothing uses; a rule
// that can never decide.
std::shared_ptr<const Program> Compile(const definition::v1::Definition& definition,
                                       const config::SourceMap& places,
                                       config::Diagnostics* diagnostics);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_COMPILER_H_
