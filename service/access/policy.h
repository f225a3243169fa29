#ifndef SESSIONBROKER_SERVICE_ACCESS_POLICY_H_
#define SESSIONBROKER_SERVICE_ACCESS_POLICY_H_

#include <bitset>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/call.h"
#include "service/access/caller_pattern.h"
#include "service/access/glob.h"
#include "service/base/account_id.h"

namespace sessionbroker::access {

// What a caller may do with an account.
enum class Action {
  // Get its session.
  kGet,
  // See it in a list.
  kList,
  // Report its session as dead.
  kInvalidate,
  // What operators do.
  kOperate,
  // Have a request signed.
  kSign,
  // Have the broker send a request.
  kCall,
  // Watch its sessions come and go.
  kWatch,
};

inline constexpr std::size_t kActions = static_cast<std::size_t>(Action::kWatch) + 1;

// A permission, as the configuration writes it.
struct Rule {
  // Who; as CallerPattern.
  std::vector<std::string> callers;
  // "PROVIDER/ACCOUNT"; "*" stands for any run of characters within one of the two.
  std::vector<std::string> accounts;
  std::vector<Action> actions;
};

// Who may do what. What no rule allows is denied. Immutable, thread-safe.
class Policy {
 public:
  // INVALID_ARGUMENT, which names the rule by its index, where
  //   a rule names no caller, no account or no action
  //   a caller is none that CallerPattern knows
  //   an account pattern is not "PROVIDER/ACCOUNT", or has a character that no name has
  static absl::StatusOr<Policy> Create(const std::vector<Rule>& rules);

  // Which of the caller's identities a rule lets do this, the token's before the certificate's;
  // nullptr: none. Looks at the rules one after another; allocates nothing. Points into `call`.
  const Caller* Allows(const Call& call, Action action, base::AccountIdView account) const;

  // For what belongs to no account: a rule allows it for all of them, with "*/*".
  const Caller* AllowsEverywhere(const Call& call, Action action) const;

 private:
  struct AccountPattern {
    Glob provider;
    Glob account;
  };
  // A rule, taken apart once.
  struct Grant {
    std::vector<CallerPattern> callers;
    std::vector<AccountPattern> accounts;
    // One of the patterns is "*/*".
    bool everywhere = false;
    // By the number of the Action.
    std::bitset<kActions> actions;
  };

  explicit Policy(std::vector<Grant> grants) : grants_(std::move(grants)) {}

  // `covers` tells whether a grant is about what is asked for.
  template <typename Covers>
  const Caller* Find(const Call& call, Action action, Covers covers) const;
  static absl::StatusOr<Grant> Compile(const Rule& rule);
  static absl::StatusOr<AccountPattern> CompileAccount(absl::string_view pattern);

  std::vector<Grant> grants_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_POLICY_H_
