#include "service/login/account.h"

#include "service/login/program.h"

namespace sessionbroker::login {

std::string OriginOf(const Account& account) {
  const absl::StatusOr<http::Origin> origin = http::OriginOf(account.base_url);
  return origin.ok() ? origin->ToString() : account.base_url;
}

config::Renewal RenewalOf(const Account& account) {
  return config::Joined(account.program->renewal(), account.renewal);
}

}  // namespace sessionbroker::login
