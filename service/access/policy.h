#ifndef SESSIONBROKER_SERVICE_ACCESS_POLICY_H_
#define SESSIONBROKER_SERVICE_ACCESS_POLICY_H_

#include <bitset>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/access/caller.h"
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
};

// A permission, as the configuration writes it.
struct Rule {
  // Who: "loopback".
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
  //   a caller is not "loopback"
  //   an account pattern is not "PROVIDER/ACCOUNT", or has a character that no name has
  static absl::StatusOr<Policy> Create(const std::vector<Rule>& rules);

  // Looks at the rules one after another; allocates nothing.
  bool Allows(const Caller& caller, Action action, base::AccountIdView account) const;

  // For what belongs to no account: a rule allows it for all of them, with "*/*".
  bool AllowsEverywhere(const Caller& caller, Action action) const;

 private:
  struct AccountPattern {
    Glob provider;
    Glob account;
  };
  // A rule, taken apart once.
  struct Grant {
    std::vector<Caller> callers;
    std::vector<AccountPattern> accounts;
    // One of the patterns is "*/*".
    bool everywhere = false;
    // By the number of the Action.
    std::bitset<4> actions;
  };

  explicit Policy(std::vector<Grant> grants) : grants_(std::move(grants)) {}

  static bool Grants(const Grant& grant, const Caller& caller, Action action);
  static absl::StatusOr<Grant> Compile(const Rule& rule);
  static absl::StatusOr<AccountPattern> CompileAccount(absl::string_view pattern);

  std::vector<Grant> grants_;
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_POLICY_H_
