#ifndef SESSIONBROKER_SERVICE_BASE_ACCOUNT_ID_H_
#define SESSIONBROKER_SERVICE_BASE_ACCOUNT_ID_H_

#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::base {

// Names one account: the provider definition's name and the account's name within it. Not a secret.
struct AccountId {
  std::string provider;
  std::string account;

  // "provider/account", for people and logs.
  std::string ToString() const { return absl::StrCat(provider, "/", account); }

  friend bool operator==(const AccountId& a, const AccountId& b) {
    return a.provider == b.provider && a.account == b.account;
  }
  friend bool operator<(const AccountId& a, const AccountId& b) {
    return std::tie(a.provider, a.account) < std::tie(b.provider, b.account);
  }
  template <typename H>
  friend H AbslHashValue(H h, const AccountId& id) {
    return H::combine(std::move(h), id.provider, id.account);
  }
};

// The same, borrowed: names an account in a look-up without a copy. Orders and hashes as AccountId.
struct AccountIdView {
  AccountIdView(absl::string_view provider_name, absl::string_view account_name)
      : provider(provider_name), account(account_name) {}
  // NOLINTNEXTLINE(google-explicit-constructor): an AccountId serves wherever a view is asked for.
  AccountIdView(const AccountId& id) : provider(id.provider), account(id.account) {}

  std::string ToString() const { return absl::StrCat(provider, "/", account); }

  friend bool operator==(AccountIdView a, AccountIdView b) {
    return a.provider == b.provider && a.account == b.account;
  }
  friend bool operator<(AccountIdView a, AccountIdView b) {
    return std::tie(a.provider, a.account) < std::tie(b.provider, b.account);
  }
  template <typename H>
  friend H AbslHashValue(H h, AccountIdView id) {
    return H::combine(std::move(h), id.provider, id.account);
  }

  absl::string_view provider;
  absl::string_view account;
};

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_ACCOUNT_ID_H_
