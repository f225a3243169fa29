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

// One of them.
struct KeptValue {
  // Those that the definition does not call secret are no less worth hiding: a device id may stand
  // for a second factor.
  secrets::Secret value;
  // Whoever has it can log in with it: must never lie unsealed on a disk.
  bool secret = false;

  friend bool operator==(const KeptValue& a, const KeptValue& b) {
    return a.value == b.value && a.secret == b.secret;
  }
};

// Where those values lie. Thread-safe; never blocks.
class KeptValues {
 public:
  // By the name that the definition gives.
  using Values = std::map<std::string, KeptValue>;
  // Called exactly once, on the scheduler's thread, never inside the call that was given it.
  using LoadCallback = absl::AnyInvocable<void(absl::StatusOr<Values>)>;
  using StoreCallback = absl::AnyInvocable<void(absl::Status)>;

  virtual ~KeptValues() = default;

  // Empty where nothing is kept. What is kept and cannot be read is an error, never nothing.
  virtual void Load(const KeptKey& key, LoadCallback done) = 0;

  // Replaces all that is kept under `key`; empty: forgets it. What is kept for the same account
  // under another binding may go. Not for a key whose Load has failed: that would destroy what
  // could not be read.
  virtual void Store(const KeptKey& key, Values values, StoreCallback done) = 0;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_KEPT_VALUES_H_
