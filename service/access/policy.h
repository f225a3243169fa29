#ifndef SESSIONBROKER_SERVICE_ACCESS_POLICY_H_
#define SESSIONBROKER_SERVICE_ACCESS_POLICY_H_

#include <array>
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
#include "service/access/request_scope.h"
#include "service/base/account_id.h"
#include "service/calls/request.h"

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

// As the configuration writes it: "get".
absl::string_view NameOf(Action action);

// A permission, as the configuration writes it.
struct Rule {
  // Who; as CallerPattern.
  std::vector<std::string> callers;
  // "PROVIDER/ACCOUNT"; "*" stands for any run of characters within one of the two.
  std::vector<std::string> accounts;
  std::vector<Action> actions;
  // Of kSign and kCall, which the rule allows for such requests only.
  RequestLimits requests = {};
  // What people know it by, such as "rules[2] (line 41)".
  std::string name = {};
};

// Why a caller may do what it may do with an account.
struct Explanation {
  // By the number of the Action: the name of the first rule that allows it; empty: none does.
  std::array<std::string, kActions> rules;
  // The names of the rules that are for this caller, but not for this account.
  std::vector<std::string> for_other_accounts;
};

// Who may do what. What no rule allows is denied. Immutable, thread-safe.
class Policy {
 public:
  // INVALID_ARGUMENT, which names the rule by its index, where
  //   a rule names no caller, no account or no action
  //   a caller is none that CallerPattern knows
  //   an account pattern is not "PROVIDER/ACCOUNT", or has a character that no name has
  //   the limits on requests are none that RequestScope knows
  static absl::StatusOr<Policy> Create(const std::vector<Rule>& rules);

  // Which of the caller's identities a rule lets do this, the token's before the certificate's;
  // nullptr: none. Looks at the rules one after another; allocates nothing. Points into `call`.
  const Caller* Allows(const Call& call, Action action, base::AccountIdView account) const;

  // The same for kSign and kCall of one request, as RequestScope. Where the answer is nullptr and
  // Allows gives a caller, it is for the request.
  const Caller* AllowsRequest(const Call& call, Action action, base::AccountIdView account,
                              const calls::Request& request) const;

  // Whether there may be an account of `provider`, or of any where it is empty, with which the
  // caller may do this.
  bool AllowsSome(const Call& call, Action action, absl::string_view provider) const;

  // For what belongs to no account: a rule allows it for all of them, with "*/*".
  const Caller* AllowsEverywhere(const Call& call, Action action) const;

  // For people.
  Explanation Explain(const Caller& caller, base::AccountIdView account) const;

 private:
  struct AccountPattern {
    Glob provider;
    Glob account;
  };
  // A rule, taken apart once.
  struct Grant {
    std::string name;
    std::vector<CallerPattern> callers;
    std::vector<AccountPattern> accounts;
    // One of the patterns is "*/*".
    bool everywhere = false;
    // By the number of the Action.
    std::bitset<kActions> actions;
    RequestScope requests;

    bool IsFor(const Caller& caller) const;
    bool IsFor(base::AccountIdView account) const;
    bool Allows(Action action) const { return actions.test(static_cast<std::size_t>(action)); }
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
