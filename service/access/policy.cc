#include "service/access/policy.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/access/consists_of.h"
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
    absl::StatusOr<CallerPattern> caller = CallerPattern::Create(name);
    if (!caller.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("caller \"", absl::CHexEscape(name),
                                                     "\": must be ", caller.status().message()));
    }
    grant.callers.push_back(*std::move(caller));
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

template <typename Covers>
const Caller* Policy::Find(const Call& call, Action action, Covers covers) const {
  const auto allowed = [&](const Caller& caller) {
    return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
      return grant.actions.test(static_cast<std::size_t>(action)) &&
             std::any_of(
                 grant.callers.begin(), grant.callers.end(),
                 [&caller](const CallerPattern& pattern) { return pattern.Matches(caller); }) &&
             covers(grant);
    });
  };
  if (allowed(call.caller)) return &call.caller;
  if (call.certificate.has_value() && allowed(*call.certificate)) return &*call.certificate;
  return nullptr;
}

const Caller* Policy::AllowsEverywhere(const Call& call, Action action) const {
  return Find(call, action, [](const Grant& grant) { return grant.everywhere; });
}

const Caller* Policy::Allows(const Call& call, Action action, base::AccountIdView account) const {
  return Find(call, action, [account](const Grant& grant) {
    return std::any_of(grant.accounts.begin(), grant.accounts.end(),
                       [account](const AccountPattern& pattern) {
                         return pattern.provider.Matches(account.provider) &&
                                pattern.account.Matches(account.account);
                       });
  });
}

}  // namespace sessionbroker::access
