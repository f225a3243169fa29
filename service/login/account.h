#ifndef SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_H_
#define SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "service/base/account_id.h"
#include "service/config/renewal.h"
#include "service/http/url.h"
#include "service/secrets/secret.h"

namespace sessionbroker::login {

class Program;

// Everything that a login of one account needs. Immutable once built; checked against its program
// (config and app do it): every parameter and secret that the program names is there.
struct Account {
  base::AccountId id;
  std::shared_ptr<const Program> program;
  // "https://host[:port][/path]" without a trailing slash.
  std::string base_url;
  // The base URL names loopback or a private address itself, so connecting there is meant.
  bool allow_private_address = false;
  // Where else a URL that an answer gives may lead; without paths.
  std::vector<http::BaseUrl> origins;
  std::map<std::string, std::string> parameters;
  std::map<std::string, secrets::Secret> secrets;
  // Where this installation differs from the definition.
  std::optional<absl::Duration> idle;
  std::optional<absl::Duration> absolute;
  config::Renewal renewal;

  // The same program, by its address, and the same of all else.
  friend bool operator==(const Account& a, const Account& b) = default;
};

// What the definition says of when sessions are renewed, and where the account differs, what that
// says.
config::Renewal RenewalOf(const Account& account);

// "https://host:port" of the base URL: what is one and the same provider installation.
std::string OriginOf(const Account& account);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_H_
