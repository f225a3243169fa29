#ifndef SESSIONBROKER_SERVICE_CONFIG_LISTEN_ADDRESS_H_
#define SESSIONBROKER_SERVICE_CONFIG_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sessionbroker::config {

// An address to serve on: TCP, or a Unix socket. Immutable.
class ListenAddress {
 public:
  // "HOST:PORT", "[V6]:PORT" or "unix:PATH"; a relative path is relative to `directory`.
  // INVALID_ARGUMENT, which says what is expected (and not what was found), for
  //   a host that is neither an IPv4 address, a bracketed IPv6 address nor a DNS name
  //   a port that is not 0 to 65535
  //   a path that is empty or, made absolute, longer than a socket's may be (107 bytes)
  static absl::StatusOr<ListenAddress> Create(absl::string_view text, absl::string_view directory);

  bool is_unix() const { return !path_.empty(); }
  // Only processes on this machine reach it: a Unix socket, 127/8, ::1 or "localhost".
  bool is_local() const { return is_local_; }

  // As for getaddrinfo: an IPv6 address without brackets. Empty for a Unix socket.
  const std::string& host() const { return host_; }
  // 0: the system chooses.
  uint16_t port() const { return port_; }
  // Of a Unix socket, else empty.
  const std::string& path() const { return path_; }

  // "HOST:PORT", "[V6]:PORT" or "unix:PATH", as gRPC reads it.
  std::string ToString() const;

  friend bool operator==(const ListenAddress& a, const ListenAddress& b) = default;

 private:
  ListenAddress(std::string host, uint16_t port, std::string path, bool is_local)
      : host_(std::move(host)), port_(port), path_(std::move(path)), is_local_(is_local) {}

  std::string host_;
  uint16_t port_ = 0;
  std::string path_;
  bool is_local_ = false;
};

}  // namespace sessionbroker::config

#endif  // SESSIONBROKER_SERVICE_CONFIG_LISTEN_ADDRESS_H_
