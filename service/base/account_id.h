#ifndef SESSIONBROKER_SERVICE_BASE_ACCOUNT_ID_H_
#define SESSIONBROKER_SERVICE_BASE_ACCOUNT_ID_H_

#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

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

}  // namespace sessionbroker::base

#endif  // SESSIONBROKER_SERVICE_BASE_ACCOUNT_ID_H_
