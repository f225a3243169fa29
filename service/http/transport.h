#ifndef SESSIONBROKER_SERVICE_HTTP_TRANSPORT_H_
#define SESSIONBROKER_SERVICE_HTTP_TRANSPORT_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/http/message.h"

namespace sessionbroker::http {

// Bounds of one exchange.
struct SendOptions {
  // From Send until the last byte of the answer.
  absl::Duration timeout = absl::Seconds(10);
  // A larger answer (headers or body) ends the exchange with RESOURCE_EXHAUSTED.
  std::size_t max_response_bytes = 1 << 20;
  // The resolved address may be loopback or private: the account's base URL names such a host
  // itself. Link-local and metadata addresses are refused whatever this says.
  bool allow_private_address = false;
};

// Sends requests. All calls and callbacks happen on one scheduler's thread.
class Transport {
 public:
  // Names an exchange; never reused.
  using ExchangeId = uint64_t;
  // Called exactly once unless cancelled, never inside Send. Errors are the transport's own:
  //   UNAVAILABLE         no answer: refused, reset, name not found, TLS failure
  //   DEADLINE_EXCEEDED   `timeout` passed
  //   RESOURCE_EXHAUSTED  the answer is larger than allowed
  //   INVALID_ARGUMENT    the request cannot be sent as asked (URL, scheme, header)
  //   PERMISSION_DENIED   the address is not one that may be connected to
  //   DATA_LOSS           the answer broke off or is not HTTP
  // The text names no part of the URL's path or query, no header and no body. An error that comes
  // before anything was sent says so (unsent.h).
  using Callback = absl::AnyInvocable<void(absl::StatusOr<Response>)>;

  virtual ~Transport() = default;

  virtual ExchangeId Send(Request request, const SendOptions& options, Callback done) = 0;

  // Ends an exchange; its callback is destroyed uncalled.
  virtual void Cancel(ExchangeId id) = 0;
};

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_TRANSPORT_H_
