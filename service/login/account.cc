#include "service/login/account.h"

namespace sessionbroker::login {

std::string OriginOf(const Account& account) {
  const absl::StatusOr<http::Origin> origin = http::OriginOf(account.base_url);
  return origin.ok() ? origin->ToString() : account.base_url;
}

}  // namespace sessionbroker::login
