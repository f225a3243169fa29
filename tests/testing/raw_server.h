#ifndef SESSIONBROKER_TESTS_TESTING_RAW_SERVER_H_
#define SESSIONBROKER_TESTS_TESTING_RAW_SERVER_H_

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/base/file_descriptor.h"
#include "service/base/mutex.h"
#include "tests/testing/test_certificate.h"

namespace sessionbroker::testing {

class RawServer;

// One accepted connection, in the hands of a RawServer's script. Belongs to the script's thread.
class RawConnection {
 public:
  // The next request byte for byte: its head and, by Content-Length, its body. Empty where the peer
  // closed before one was complete, or the server is being destroyed. Recorded by the server.
  std::string ReadRequest();

  // False where the peer is gone.
  bool Send(absl::string_view bytes);

  // Sends without end until the peer goes.
  void SendForever(absl::string_view bytes);

  // Says nothing until the peer closes or the server is being destroyed.
  void AwaitClose();

  // Closes with RST instead of FIN.
  void Reset();

 private:
  friend class RawServer;
  RawConnection(RawServer* server, int fd, SSL* ssl) : server_(server), fd_(fd), ssl_(ssl) {}

  // As read(2).
  ssize_t Receive(char* bytes, std::size_t size);

  RawServer* const server_;
  const int fd_;
  // nullptr where the connection is plain.
  SSL* const ssl_;
  std::string unread_;
};

// A server on a port of 127.0.0.1 that plays a script to each connection, on a thread for each, and
// closes it when the script returns: for faults as they look on the wire. Thread-safe.
class RawServer {
 public:
  using Script = std::function<void(RawConnection&)>;

  // Serves TLS where there is a certificate, `tls_version` alone unless that is 0.
  explicit RawServer(Script script, const TestCertificate* certificate = nullptr,
                     int tls_version = 0);

  // Shuts all connections down and waits for their scripts.
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  // A script that answers each request of a connection with the same bytes.
  static Script Answering(std::string bytes);

  uint16_t port() const { return port_; }
  // "http[s]://127.0.0.1:port" and the path.
  std::string Url(absl::string_view path = "/") const;

  // Connections accepted so far. A connection whose TLS handshake failed counts.
  int accepted() const;
  // Requests read so far.
  std::vector<std::string> requests() const;

 private:
  friend class RawConnection;

  void Accept();
  void Serve(int fd);
  void Record(const std::string& request);

  const Script script_;
  const bool tls_;
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  base::FileDescriptor listener_;
  uint16_t port_ = 0;

  mutable base::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int accepted_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> open_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> servers_ ABSL_GUARDED_BY(mutex_);

  std::thread acceptor_;
};

// A port of 127.0.0.1 that refuses connections as long as this lives.
class RefusingPort {
 public:
  RefusingPort();
  uint16_t port() const { return port_; }

 private:
  uint16_t port_ = 0;
  base::FileDescriptor bound_;
};

// A port of 127.0.0.1 whose connections are neither accepted nor refused.
class SilentPort {
 public:
  SilentPort();
  uint16_t port() const { return port_; }

 private:
  uint16_t port_ = 0;
  base::FileDescriptor listener_;
  std::vector<base::FileDescriptor> fillers_;
};

}  // namespace sessionbroker::testing

#endif  // SESSIONBROKER_TESTS_TESTING_RAW_SERVER_H_
