#ifndef SESSIONBROKER_SERVICE_LOGIN_GRANT_H_
#define SESSIONBROKER_SERVICE_LOGIN_GRANT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/secrets/secret.h"

namespace sessionbroker::login {

// Where a value goes in a caller's request.
enum class Location { kQuery, kHeader, kCookie, kForm, kJsonPointer, kPathSegment };

// What definitions call it, and the API in upper case: "query", "json_pointer", …
absl::string_view NameOf(Location location);
// The one of this name; nullopt: there is none.
std::optional<Location> LocationNamed(absl::string_view name);

// One value to add to a caller's request.
struct Attachment {
  Location location = Location::kQuery;
  std::string name;
  secrets::Secret value;
  // Upper-case; empty means all.
  std::vector<std::string> methods;
};

// What a login yields: the provider's session as the definition describes it, before anything is
// known of versions or renewal.
struct Grant {
  secrets::Secret id;
  // In the definition's order.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<Attachment> attachments;
  // From the last request; unset: it does not end by idleness.
  std::optional<absl::Duration> idle;
  // From the login; unset: it does not end by age. What the provider tells by its own clock is
  // converted already.
  std::optional<absl::Duration> absolute;
  // The User-Agent that the provider ties the session to; empty: none.
  std::string bound_user_agent;
  // The provider ties the session to the client's address.
  bool bound_to_address = false;
  // Each request must carry a signature that only the broker can make.
  bool signing_required = false;
  // When the login's last request was sent: life counts from here. InfiniteFuture: not known.
  base::BootTime sent_at = base::BootTime::InfiniteFuture();
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_GRANT_H_
