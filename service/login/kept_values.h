#ifndef SESSIONBROKER_SERVICE_LOGIN_KEPT_VALUES_H_
#define SESSIONBROKER_SERVICE_LOGIN_KEPT_VALUES_H_

#include <map>
#include <string>
#include <tuple>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "service/base/account_id.h"
#include "service/secrets/secret.h"

namespace sessionbroker::login {

// What an account keeps from one login for the next ones: a device id, a rotating token.
struct KeptKey {
  base::AccountId account;
  // Hex. Another base URL or other parameters of the account give another one: what was kept for
  // one user must not log another one in.
  std::string binding;

  friend bool operator<(const KeptKey& a, const KeptKey& b) {
    return std::tie(a.account, a.binding) < std::tie(b.account, b.binding);
  }
};

// Where those values lie. All of them count as secrets: a provider's device id may be worth a
// second factor, so whatever is durable seals them. Thread-safe; never blocks.
class KeptValues {
 public:
  // By the name that the definition gives.
  using Values = std::map<std::string, secrets::Secret>;
  // Called exactly once, on the scheduler's thread, never inside the call that was given it.
  using LoadCallback = absl::AnyInvocable<void(absl::StatusOr<Values>)>;
  using StoreCallback = absl::AnyInvocable<void(absl::Status)>;

  virtual ~KeptValues() = default;

  // Empty where nothing is kept.
  virtual void Load(const KeptKey& key, LoadCallback done) = 0;

  // Replaces all that is kept under `key`; empty: forgets it. What is kept for the same account
  // under another binding may go.
  virtual void Store(const KeptKey& key, Values values, StoreCallback done) = 0;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_KEPT_VALUES_H_
