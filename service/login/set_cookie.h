#ifndef SESSIONBROKER_SERVICE_LOGIN_SET_COOKIE_H_
#define SESSIONBROKER_SERVICE_LOGIN_SET_COOKIE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sessionbroker::login {

// A cookie as a Set-Cookie header sets it (RFC 6265 section 5.2).
struct SetCookie {
  std::string name;
  // Without the quotes around it, where it has some.
  std::string value;
  // Seconds.
  std::optional<int64_t> max_age;
  std::optional<absl::Time> expires;
};

// nullopt: the header has no name.
std::optional<SetCookie> ParseSetCookie(absl::string_view header);

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_SET_COOKIE_H_
