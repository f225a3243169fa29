#include "service/app/bind_error.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::app {
namespace {

absl::Status Failed(absl::string_view address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
}

// 0, or the errno of trying to listen there.
int TryToListen(const addrinfo& address) {
  const int fd = socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const auto close_fd = absl::MakeCleanup([fd] { close(fd); });
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (bind(fd, address.ai_addr, address.ai_addrlen) != 0 || listen(fd, 1) != 0) return errno;
  return 0;
}

}  // namespace

absl::Status CannotListen(const std::string& host, int port) {
  const std::string shown = absl::StrCat(
      host.find(':') == std::string::npos ? host : absl::StrCat("[", host, "]"), ":", port);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      error != 0) {
    return Failed(shown, gai_strerror(error));
  }
  const auto free_found = absl::MakeCleanup([found] { freeaddrinfo(found); });
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    if (const int error = TryToListen(*address); error != 0) {
      return Failed(shown, std::strerror(error));
    }
  }
  return Failed(shown, "it was taken a moment ago");
}

absl::Status CannotListen(const std::string& socket_path) {
  if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Failed(socket_path, absl::StrCat("the path of a socket has at most ",
                                            sizeof(sockaddr_un::sun_path) - 1,
                                            " bytes, this one has ", socket_path.size()));
  }
  const std::filesystem::path path(socket_path);
  std::error_code error;
  if (std::filesystem::exists(path, error) && !std::filesystem::is_socket(path, error)) {
    return Failed(socket_path, "something that is not a socket is there");
  }
  if (::access(path.parent_path().c_str(), W_OK | X_OK) != 0) {
    return Failed(path.parent_path().string(), std::strerror(errno));
  }
  return Failed(socket_path, "the system refused");
}

}  // namespace sessionbroker::app
