#ifndef SESSIONBROKER_SERVICE_LOGIN_GIVEN_VALUES_H_
#define SESSIONBROKER_SERVICE_LOGIN_GIVEN_VALUES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "service/crypto/random.h"
#include "service/login/additions.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/value.h"
#include "service/login/program.h"

namespace sessionbroker::login {

// Values that a person gives for names of a definition, to see what it makes of them: in a worked
// example, or to try an expression.

// What `text` is as a `type`: bytes as hex, a time as RFC 3339, a duration as "90s", params as a
// urlencoded form, the others as an answer writes them. nullopt: it is none.
std::optional<Value> ParseValue(absl::string_view text, Type type);

// The same for the name of an expression: the body of a request is written as it is.
std::optional<Value> ParseValueOf(absl::string_view name, absl::string_view text, Type type);

// The parameters for which an account need not give anything.
Bindings DefaultsOf(const Program& program);

// A request that has what is given of one, to see what `sign` or `inject` adds to it.
OpenRequest RequestOf(const Bindings& bindings);

// Adds what the definition's `let` makes of what is given, where it is not given itself. What
// cannot be computed stays away: whoever needs it tells.
void AddLets(const Program& program, crypto::RandomSource& random, Bindings* bindings);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_GIVEN_VALUES_H_
