#ifndef SESSIONBROKER_SERVICE_HTTP_CURL_OPTIONS_H_
#define SESSIONBROKER_SERVICE_HTTP_CURL_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace sessionbroker::http {

// Settings of a CurlTransport, the same for all its exchanges.
struct CurlOptions {
  // Exchanges on the wire at once, each at 15 to 17 KiB; further ones wait their turn.
  std::size_t max_in_flight = 512;
  // Connections open at once, used and idle, for each of the two address policies (with and without
  // private addresses). Above it the longest idle one is closed.
  std::size_t max_connections = 512;
  // An idle connection is not used again after this long. Below 5 s, after which Apache closes it
  // by default: a request sent into a connection that is being closed is lost.
  absl::Duration max_idle = absl::Seconds(4);
  // From the first name look-up until TCP and TLS stand.
  absl::Duration connect_timeout = absl::Seconds(5);
  // How long an address that was looked up is used.
  absl::Duration dns_cache = absl::Seconds(60);
  // TCP probes on a silent connection.
  absl::Duration tcp_keepalive = absl::Seconds(30);
  // Sent where a request has no User-Agent of its own.
  std::string user_agent = "session-broker";
  // PEM file of the only CAs to trust; empty means the system's.
  std::string ca_file = {};
};

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_CURL_OPTIONS_H_
