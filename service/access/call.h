#ifndef SESSIONBROKER_SERVICE_ACCESS_CALL_H_
#define SESSIONBROKER_SERVICE_ACCESS_CALL_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "service/access/caller.h"

namespace sessionbroker::access {

// What is known of one call beside its request. A value.
struct Call {
  // Who calls. Of one who shows a token and a certificate, the token's.
  Caller caller = Caller::Loopback();
  // Then: the certificate's. A rule means one of the two.
  std::optional<Caller> certificate = std::nullopt;
  // The other end of the connection as gRPC writes it, such as "ipv4:10.0.0.7:5123" or "unix:".
  std::string peer = {};
  // When what the caller has shown expires, by the wall clock: a stream ends then.
  absl::Time valid_until = absl::InfiniteFuture();
  // Of the W3C trace that the call belongs to, 32 lower-case hex digits; empty: of none.
  std::string trace_id = {};
};

}  // namespace sessionbroker::access

#endif  // SESSIONBROKER_SERVICE_ACCESS_CALL_H_
