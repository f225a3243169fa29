#include "tests/simulator/listener.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sessionbroker::simulator {
namespace {

// A socket bound to that address and port; `shared` with others of this process, or alone.
absl::StatusOr<int> Bind(const std::string& address, int port, bool shared) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(address.c_str(), absl::StrCat(port).c_str(), &hints, &found);
      error != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("listen address ", address, ": ", gai_strerror(error)));
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (shared) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
  const bool bound = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0;
  const int error = errno;
  freeaddrinfo(found);
  if (bound) return fd;
  if (fd >= 0) close(fd);
  return absl::UnavailableError(
      absl::StrCat("cannot bind ", address, ":", port, ": ", strerror(error)));
}

int PortOfSocket(int fd) {
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length);
  return ntohs(name.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&name)->sin6_port
                                          : reinterpret_cast<sockaddr_in*>(&name)->sin_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Create(const std::string& address, int port,
                                                           Accept accept) {
  if (port != 0) {
    // A shared socket would join another simulator's port without a word.
    const absl::StatusOr<int> probe = Bind(address, port, /*shared=*/false);
    if (!probe.ok()) return probe.status();
    close(*probe);
  }
  const absl::StatusOr<int> holder = Bind(address, port, /*shared=*/true);
  if (!holder.ok()) return holder.status();
  std::unique_ptr<Listener> listener(
      new Listener(address, PortOfSocket(*holder), *holder, std::move(accept)));
  if (absl::Status opened = listener->SetMode(PortMode::kOpen); !opened.ok()) return opened;
  return listener;
}

Listener::Listener(std::string address, int port, int holder, Accept accept)
    : address_(std::move(address)), port_(port), holder_(holder), accept_(std::move(accept)) {}

Listener::~Listener() {
  Shut();
  close(holder_);
}

absl::Status Listener::SetMode(PortMode mode) {
  mode_ = mode;
  if (mode == PortMode::kRefuse) {
    Shut();
    return absl::OkStatus();
  }
  return fd_ < 0 ? Open() : absl::OkStatus();
}

absl::Status Listener::Open() {
  const absl::StatusOr<int> fd = Bind(address_, port_, /*shared=*/true);
  if (!fd.ok()) return fd.status();
  if (listen(*fd, SOMAXCONN) != 0) {
    const int error = errno;
    close(*fd);
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address_, ":", port_, ": ", strerror(error)));
  }
  fd_ = *fd;
  thread_ = std::thread([this, listening = *fd] { Run(listening); });
  return absl::OkStatus();
}

void Listener::Shut() {
  if (fd_ < 0) return;
  shutdown(fd_, SHUT_RDWR);  // Wakes accept().
  thread_.join();
  close(fd_);
  fd_ = -1;
}

void Listener::Run(int fd) {
  for (;;) {
    const int accepted = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted >= 0) {
      if (mode_ == PortMode::kOpen) {
        accept_(accepted);
      } else {
        close(accepted);
      }
      continue;
    }
    if (errno == EINVAL || errno == EBADF) return;  // Shut down.
    // Out of descriptors or a connection that was gone already: give others a moment.
    poll(nullptr, 0, 1);
  }
}

}  // namespace sessionbroker::simulator
