#include "service/access/policy.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"

namespace sessionbroker::access {
namespace {

// What names are made of, and the star.
bool IsProviderPatternCharacter(char c) {
  return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '*';
}
bool IsAccountPatternCharacter(char c) {
  return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-' || c == '@' || c == '+' ||
         c == '*';
}

bool ConsistsOf(absl::string_view text, bool (*allowed)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

absl::StatusOr<Caller> CallerNamed(absl::string_view name) {
  if (name == Caller::Loopback().ToString()) return Caller::Loopback();
  return absl::InvalidArgumentError(
      absl::StrCat("caller \"", absl::CHexEscape(name), "\": must be \"loopback\""));
}

}  // namespace

absl::StatusOr<Policy> Policy::Create(const std::vector<Rule>& rules) {
  std::vector<Grant> grants;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    absl::StatusOr<Grant> grant = Compile(rules[i]);
    if (!grant.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("rules[", i, "]: ", grant.status().message()));
    }
    grants.push_back(*std::move(grant));
  }
  return Policy(std::move(grants));
}

absl::StatusOr<Policy::Grant> Policy::Compile(const Rule& rule) {
  if (rule.callers.empty()) return absl::InvalidArgumentError("names no caller");
  if (rule.accounts.empty()) return absl::InvalidArgumentError("names no account");
  if (rule.actions.empty()) return absl::InvalidArgumentError("names no action");
  Grant grant;
  for (const std::string& name : rule.callers) {
    SB_ASSIGN_OR_RETURN(Caller caller, CallerNamed(name));
    grant.callers.push_back(caller);
  }
  for (const std::string& pattern : rule.accounts) {
    SB_ASSIGN_OR_RETURN(AccountPattern account, CompileAccount(pattern));
    grant.accounts.push_back(std::move(account));
    grant.everywhere = grant.everywhere || pattern == "*/*";
  }
  for (const Action action : rule.actions) grant.actions.set(static_cast<std::size_t>(action));
  return grant;
}

absl::StatusOr<Policy::AccountPattern> Policy::CompileAccount(absl::string_view pattern) {
  const std::size_t slash = pattern.find('/');
  if (slash != absl::string_view::npos) {
    const absl::string_view provider = pattern.substr(0, slash);
    const absl::string_view account = pattern.substr(slash + 1);
    if (ConsistsOf(provider, IsProviderPatternCharacter) &&
        ConsistsOf(account, IsAccountPatternCharacter)) {
      return AccountPattern{Glob(std::string(provider)), Glob(std::string(account))};
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "account \"", absl::CHexEscape(pattern),
      "\": must be \"PROVIDER/ACCOUNT\" of the characters that such names have and \"*\""));
}

bool Policy::Grants(const Grant& grant, const Caller& caller, Action action) {
  return grant.actions.test(static_cast<std::size_t>(action)) &&
         std::find(grant.callers.begin(), grant.callers.end(), caller) != grant.callers.end();
}

bool Policy::AllowsEverywhere(const Caller& caller, Action action) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return grant.everywhere && Grants(grant, caller, action);
  });
}

bool Policy::Allows(const Caller& caller, Action action, base::AccountIdView account) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return Grants(grant, caller, action) &&
           std::any_of(grant.accounts.begin(), grant.accounts.end(),
                       [&](const AccountPattern& pattern) {
                         return pattern.provider.Matches(account.provider) &&
                                pattern.account.Matches(account.account);
                       });
  });
}

}  // namespace sessionbroker::access
