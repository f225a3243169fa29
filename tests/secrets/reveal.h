#ifndef SESSIONBROKER_TESTS_SECRETS_REVEAL_H_
#define SESSIONBROKER_TESTS_SECRETS_REVEAL_H_

#include "absl/strings/string_view.h"
#include "service/secrets/secret.h"

namespace sessionbroker::secrets {

inline absl::string_view Reveal(const Secret& secret) {
  return secret.Reveal(RevealToken::Issue());
}

}  // namespace sessionbroker::secrets

#endif  // SESSIONBROKER_TESTS_SECRETS_REVEAL_H_
