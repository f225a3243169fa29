#ifndef SESSIONBROKER_TESTS_SIMULATOR_SERVER_H_
#define SESSIONBROKER_TESTS_SIMULATOR_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/simulator/wire.h"

namespace sessionbroker::simulator {

// Speaks HTTP/1.1, plain or over TLS, on sockets that a listener accepted: one thread with a small
// stack for each connection. Thread-safe.
class Server {
 public:
  struct Options {
    // A connection above this number is closed at once.
    int max_connections = 2000;
    // PEM text. Both empty: no TLS.
    std::string certificate_pem = {};
    std::string private_key_pem = {};
  };

  // `handler` outlives the server. INVALID_ARGUMENT for a certificate or key that does not load.
  static absl::StatusOr<std::unique_ptr<Server>> Create(const Options& options, Handler& handler);
  // Ends all connections and waits for their threads.
  virtual ~Server() = default;

  // Takes the socket over. `group` names it for CloseGroup().
  virtual void Serve(int fd, bool tls, const std::string& group) = 0;
  virtual void CloseGroup(const std::string& group) = 0;
  virtual int open_connections() const = 0;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_SERVER_H_
