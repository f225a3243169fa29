#include "client/brokerctl/account_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/brokerctl/format.h"

namespace sessionbroker::brokerctl {
namespace {

// "logging in" for STATE_LOGGING_IN; the number of a state that a later broker has.
std::string NameOf(v1::Account::State state) {
  const std::string name = v1::Account::State_Name(state);
  if (name.empty()) return "state " + std::to_string(state);
  return absl::StrReplaceAll(absl::AsciiStrToLower(absl::StripPrefix(name, "STATE_")),
                             {{"_", " "}});
}

std::string ExpiryOf(const v1::Account& account, absl::Time now) {
  if (account.has_expire_time()) return TimeTextFrom(ToTime(account.expire_time()), now);
  return account.state() == v1::Account::STATE_LIVE ? "never" : "-";
}

}  // namespace

std::string DescribeAccounts(const std::vector<v1::Account>& accounts, absl::Time now) {
  if (accounts.empty()) return "no accounts that you may list\n";
  const bool any_cause = std::any_of(accounts.begin(), accounts.end(),
                                     [](const v1::Account& a) { return !a.cause().empty(); });
  std::vector<std::vector<std::string>> rows = {{"PROVIDER", "ACCOUNT", "STATE", "EXPIRES"}};
  if (any_cause) rows[0].insert(rows[0].end(), {"NO LOGIN BECAUSE", "UNTIL"});
  for (const v1::Account& account : accounts) {
    std::vector<std::string>& row = rows.emplace_back();
    row = {Printable(account.provider()), Printable(account.account()), NameOf(account.state()),
           ExpiryOf(account, now)};
    if (!any_cause) continue;
    row.push_back(account.cause().empty() ? "-" : Printable(account.cause()));
    row.push_back(account.has_retry_time() ? TimeTextFrom(ToTime(account.retry_time()), now) : "-");
  }
  return AlignColumns(rows);
}

}  // namespace sessionbroker::brokerctl
