#ifndef SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_VALUES_H_
#define SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_VALUES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "service/login/account.h"
#include "service/login/expression/evaluation.h"
#include "service/login/expression/expression.h"
#include "service/login/program.h"
#include "service/login/sequence_source.h"

// What is known of an account before any login begins.
namespace sessionbroker::login {

// The account's parameters, with the definition's defaults, by full name.
Bindings ParametersOf(const Account& account);

// A sequence from which an account's logins draw.
struct AccountSequence {
  SequenceId id;
  SequenceSpec spec;
};

// Which sequence `sequence`, one of the account's program, is for this account. INVALID_ARGUMENT:
// its key is empty or cannot be computed.
absl::StatusOr<SequenceId> SequenceIdOf(const SequenceTemplate& sequence, const Account& account,
                                        Evaluation& evaluation);

// All of the program's sequences, in its order, less those without an id: a login that needs a
// number of one fails.
std::vector<AccountSequence> SequencesOf(const Account& account);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_VALUES_H_
