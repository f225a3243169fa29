#ifndef SESSIONBROKER_CLIENT_BROKERCTL_REDACT_H_
#define SESSIONBROKER_CLIENT_BROKERCTL_REDACT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "sessionbroker/v1/session_broker.pb.h"

namespace sessionbroker::brokerctl {

// Enough of a bearer secret to tell it from another one, too little to use it: the first 4
// characters and "…", or just "…" where it has fewer than 16. Empty stays empty.
std::string Shortened(absl::string_view secret);

// Shortens the id and every attachment's value ("Bearer SECRET" keeps its first word), and the id
// where it stands in an attribute or in the base URL.
void Redact(v1::Session* session);

}  // namespace sessionbroker::brokerctl

#endif  // SESSIONBROKER_CLIENT_BROKERCTL_REDACT_H_
