#ifndef SESSIONBROKER_SERVICE_HTTP_ADDRESS_CLASS_H_
#define SESSIONBROKER_SERVICE_HTTP_ADDRESS_CLASS_H_

#include <sys/socket.h>

#include <optional>

#include "absl/strings/string_view.h"

namespace sessionbroker::http {

// What kind of network an address belongs to.
enum class AddressClass {
  kPublic,
  // 127/8, ::1.
  kLoopback,
  // RFC 1918, fc00::/7, RFC 6598 (100.64/10), benchmarking (198.18/15), fec0::/10.
  kPrivate,
  // 169.254/16, fe80::/10.
  kLinkLocal,
  // A cloud's metadata service, wherever its address lies.
  kMetadata,
  // "This network": 0/8, ::. Linux connects 0.0.0.0 to the machine itself.
  kUnspecified,
  kMulticast,
  // 240/4 and what is not IP.
  kReserved,
};

// An IPv6 address that carries an IPv4 address (mapped, compatible, translated, NAT64, 6to4) is of
// that address's class.
AddressClass Classify(const sockaddr& address);

// The class of an IPv4 literal or of an IPv6 literal in brackets; nothing for a name.
std::optional<AddressClass> ClassifyLiteral(absl::string_view host);

// Whether an exchange may connect to an address of this class. `allow_private` lets it reach
// loopback and private ones; the rest of the classes but public are refused whatever it says.
bool MayConnect(AddressClass address_class, bool allow_private);

// For error texts, e.g. "link-local".
absl::string_view NameOf(AddressClass address_class);

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_ADDRESS_CLASS_H_
