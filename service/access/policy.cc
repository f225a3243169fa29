#include "service/access/policy.h"

#include <algorithm>
#include <cstddef>

#include "absl/algorithm/container.h"
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

absl::string_view NameOf(Action action) {
  switch (action) {
    case Action::kGet:
      return "get";
    case Action::kList:
      return "list";
    case Action::kInvalidate:
      return "invalidate";
    case Action::kOperate:
      return "operate";
    case Action::kSign:
      return "sign";
    case Action::kCall:
      return "call";
    case Action::kWatch:
      return "watch";
  }
  return "unknown";
}

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
  absl::StatusOr<RequestScope> requests = RequestScope::Create(rule.requests);
  if (!requests.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("requests.", requests.status().message()));
  }
  Grant grant{.name = rule.name,
              .callers = {},
              .accounts = {},
              .everywhere = false,
              .actions = {},
              .requests = *std::move(requests)};
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

bool Policy::Grant::IsFor(const Caller& caller) const {
  return absl::c_any_of(
      callers, [&caller](const CallerPattern& pattern) { return pattern.Matches(caller); });
}

bool Policy::Grant::IsFor(base::AccountIdView account) const {
  return absl::c_any_of(accounts, [account](const AccountPattern& pattern) {
    return pattern.provider.Matches(account.provider) && pattern.account.Matches(account.account);
  });
}

template <typename Covers>
const Caller* Policy::Find(const Call& call, Action action, Covers covers) const {
  const auto allowed = [&](const Caller& caller) {
    return absl::c_any_of(grants_, [&](const Grant& grant) {
      return grant.Allows(action) && grant.IsFor(caller) && covers(grant);
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
  return Find(call, action, [account](const Grant& grant) { return grant.IsFor(account); });
}

bool Policy::AllowsSome(const Call& call, Action action, absl::string_view provider) const {
  return Find(call, action, [provider](const Grant& grant) {
           return provider.empty() ||
                  absl::c_any_of(grant.accounts, [provider](const AccountPattern& pattern) {
                    return pattern.provider.Matches(provider);
                  });
         }) != nullptr;
}

const Caller* Policy::AllowsRequest(const Call& call, Action action, base::AccountIdView account,
                                    const calls::Request& request) const {
  return Find(call, action, [account, &request](const Grant& grant) {
    return grant.IsFor(account) && grant.requests.Covers(request);
  });
}

Explanation Policy::Explain(const Caller& caller, base::AccountIdView account) const {
  Explanation explanation;
  for (const Grant& grant : grants_) {
    if (!grant.IsFor(caller)) continue;
    if (!grant.IsFor(account)) {
      explanation.for_other_accounts.push_back(grant.name);
      continue;
    }
    for (std::size_t i = 0; i < kActions; ++i) {
      if (grant.actions.test(i) && explanation.rules[i].empty()) explanation.rules[i] = grant.name;
    }
  }
  return explanation;
}

}  // namespace sessionbroker::access
