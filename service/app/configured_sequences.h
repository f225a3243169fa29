#ifndef SESSIONBROKER_SERVICE_APP_CONFIGURED_SEQUENCES_H_
#define SESSIONBROKER_SERVICE_APP_CONFIGURED_SEQUENCES_H_

#include <memory>
#include <vector>

#include "service/login/account.h"
#include "service/nonces/known_sequences.h"

namespace sessionbroker::app {

// The sequences from which an account's logins draw.
std::vector<nonces::SequenceUse> SequenceUsesOf(const login::Account& account);

// Those of all these accounts, and `more`. Origins are spelled as base URLs are.
nonces::KnownSequences ConfiguredSequences(
    const std::vector<std::shared_ptr<const login::Account>>& accounts,
    std::vector<nonces::SequenceUse> more);

}  // namespace sessionbroker::app

#endif  // SESSIONBROKER_SERVICE_APP_CONFIGURED_SEQUENCES_H_
