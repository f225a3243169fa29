#ifndef SESSIONBROKER_TESTS_SIMULATOR_LISTENER_H_
#define SESSIONBROKER_TESTS_SIMULATOR_LISTENER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sessionbroker::simulator {

// What a client meets that connects.
enum class PortMode {
  kOpen,
  kClose,   // Accepted and closed at once.
  kRefuse,  // ECONNREFUSED. The port stays reserved, so nobody else can get it.
};

// A listening TCP port with a thread that accepts. SetMode() is for one thread at a time.
class Listener {
 public:
  // Takes over an accepted socket. Called on the listener's thread.
  using Accept = std::function<void(int fd)>;

  // `address` is numeric, IPv4 or IPv6; `port` 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<Listener>> Create(const std::string& address, int port,
                                                          Accept accept);
  ~Listener();

  int port() const { return port_; }
  PortMode mode() const { return mode_; }
  absl::Status SetMode(PortMode mode);

 private:
  Listener(std::string address, int port, int holder, Accept accept);

  absl::Status Open();
  void Shut();
  void Run(int fd);

  const std::string address_;
  const int port_;
  // Bound but never listening: keeps the port while connections are refused.
  const int holder_;
  const Accept accept_;
  std::atomic<PortMode> mode_ = PortMode::kRefuse;
  int fd_ = -1;
  std::thread thread_;
};

}  // namespace sessionbroker::simulator

#endif  // SESSIONBROKER_TESTS_SIMULATOR_LISTENER_H_
