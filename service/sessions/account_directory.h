#ifndef SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_DIRECTORY_H_
#define SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_DIRECTORY_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "service/base/account_id.h"
#include "service/login/account.h"

namespace sessionbroker::sessions {

// Accounts that are configured, but in memory only once somebody asks for them. Thread-safe; never
// blocks.
class AccountDirectory {
 public:
  // Called exactly once, on the scheduler's thread, never inside the call that was given it.
  using LoadCallback =
      absl::AnyInvocable<void(absl::StatusOr<std::shared_ptr<const login::Account>>)>;

  virtual ~AccountDirectory() = default;

  virtual bool Has(base::AccountIdView id) const = 0;

  virtual std::size_t size() const = 0;

  // The first ids behind `from`, or from it on where `inclusive`, in order; at most `limit`.
  virtual std::vector<base::AccountId> List(base::AccountIdView from, bool inclusive,
                                            std::size_t limit) const = 0;

  // Errors: kAccountUnknown, kSecretUnavailable.
  virtual void Load(const base::AccountId& id, LoadCallback done) = 0;
};

}  // namespace sessionbroker::sessions

#endif  // SESSIONBROKER_SERVICE_SESSIONS_ACCOUNT_DIRECTORY_H_
