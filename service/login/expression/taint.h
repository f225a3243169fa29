#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TAINT_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TAINT_H_

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

// What a value could give away, known before anything runs. In rising order.
enum class Taint {
  // Nothing of a secret, and the same for every login of an account: constants, account parameters.
  kConstant,
  // Nothing of a secret, and new with each login: what a provider answered, time, random.
  kFresh,
  // A digest or HMAC over a secret together with something fresh: proves the secret once.
  kSealed,
  // A secret, an encoding of one, or a digest over secrets and constants alone: as good as the
  // secret.
  kRaw,
};

// "constant", "fresh", "sealed", "raw".
absl::string_view NameOf(Taint taint);

// The taint of a value made of both: concatenation, choice, encoding of either. The higher one.
Taint Join(Taint a, Taint b);

// The taint of a digest or HMAC whose inputs (key and message) have these taints: raw with
// something fresh is sealed, raw without stays raw. Of a sealed input it is not known how much of
// what is fresh is left in it: raw with nothing but that stays raw.
//
// Inside an expression more is known than these four grades can say: flow.h has the full rules.
Taint JoinDigest(Taint a, Taint b);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_TAINT_H_
