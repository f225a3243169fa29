#ifndef SESSIONBROKER_TESTS_SIMULATOR_WIRE_H_
#define SESSIONBROKER_TESTS_SIMULATOR_WIRE_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/simulator/message.h"

namespace sessionbroker::simulator {

// The server's side of one connection while a request is answered. Used by one thread.
class Wire {
 public:
  virtual ~Wire() = default;

  // False once the client is gone or the simulator stops.
  virtual bool Send(absl::string_view bytes) = 0;
  // Lets that much real time pass; false as soon as the client is gone or the simulator stops.
  virtual bool Wait(absl::Duration time) = 0;
  // Ends the connection with RST in place of FIN. Nothing may be sent after it.
  virtual void Reset() = 0;
  // No request before this one came on the connection.
  virtual bool first_request() const = 0;
};

// Answers requests. Called by many threads at once.
class Handler {
 public:
  virtual ~Handler() = default;

  // True where the connection may carry another request.
  virtual bool Handle(const Request& request, Wire& wire) = 0;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_WIRE_H_
