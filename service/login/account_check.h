#ifndef SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_CHECK_H_
#define SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_CHECK_H_

#include <string>
#include <vector>

#include "service/http/url.h"
#include "service/login/program.h"

namespace sessionbroker::login {

// What is known of an account before its secrets are read.
struct AccountFacts {
  http::BaseUrl base_url;
  // The account's own yes to a secret in a URL.
  bool allow_secret_in_url = false;
  // By name.
  std::vector<std::string> parameters;
  std::vector<std::string> secrets;
  // Without paths.
  std::vector<http::BaseUrl> origins = {};
};

// One reason why an account cannot use a program.
struct AccountMistake {
  // The account's field: "base_url", "origins[1]", "parameters.NAME", "secrets.NAME".
  std::string path;
  // What is wrong and what was expected, with the nearest name.
  std::string message;
};

// Whether an account gives a program what it needs, and nothing else; and that no secret crosses a
// network unencrypted (plain http to anything but loopback) or stands in a URL unless the account
// allows it. Empty: it does.
std::vector<AccountMistake> CheckAccount(const Program& program, const AccountFacts& account);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_ACCOUNT_CHECK_H_
