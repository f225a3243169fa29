#include "tests/testing/raw_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sessionbroker::testing {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::abort();
}

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// A socket bound to a free port of 127.0.0.1, which `port` is set to.
base::FileDescriptor Bind(uint16_t* port) {
  base::FileDescriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Require(fd.valid(), "socket");
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  Require(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  Require(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  *port = ntohs(address.sin_port);
  return fd;
}

std::size_t ContentLength(absl::string_view head) {
  for (const absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const std::pair<std::string, std::string> field = absl::StrSplit(line, absl::MaxSplits(':', 1));
    std::size_t length = 0;
    if (absl::AsciiStrToLower(field.first) == "content-length" &&
        absl::SimpleAtoi(field.second, &length)) {
      return length;
    }
  }
  return 0;
}

// SSL_write knows no MSG_NOSIGNAL.
void BlockSigpipe() {
  sigset_t sigpipe;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
}

SSL_CTX* MakeContext(const TestCertificate* certificate, int tls_version) {
  if (certificate == nullptr) return nullptr;
  SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
  const std::unique_ptr<BIO, void (*)(BIO*)> certificate_text(
      BIO_new_mem_buf(certificate->certificate.data(), -1), BIO_free_all);
  const std::unique_ptr<BIO, void (*)(BIO*)> key_text(BIO_new_mem_buf(certificate->key.data(), -1),
                                                      BIO_free_all);
  const std::unique_ptr<X509, void (*)(X509*)> parsed(
      PEM_read_bio_X509(certificate_text.get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  Require(SSL_CTX_use_certificate(context, parsed.get()) == 1, "certificate");
  Require(SSL_CTX_use_PrivateKey(context, key.get()) == 1, "key");
  if (tls_version != 0) {
    // The library's own level forbids what is old.
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, tls_version);
    SSL_CTX_set_max_proto_version(context, tls_version);
  }
  return context;
}

}  // namespace

ssize_t RawConnection::Receive(char* bytes, std::size_t size) {
  if (ssl_ != nullptr) return SSL_read(ssl_, bytes, static_cast<int>(size));
  return recv(fd_, bytes, size, 0);
}

std::string RawConnection::ReadRequest() {
  std::size_t needed = std::string::npos;
  while (true) {
    const std::size_t end_of_head = unread_.find("\r\n\r\n");
    if (end_of_head != std::string::npos) {
      needed = end_of_head + 4 + ContentLength(unread_.substr(0, end_of_head));
      if (unread_.size() >= needed) break;
    }
    char bytes[4096];
    const ssize_t count = Receive(bytes, sizeof(bytes));
    if (count <= 0) return "";
    unread_.append(bytes, count);
  }
  std::string request = unread_.substr(0, needed);
  unread_.erase(0, needed);
  server_->Record(request);
  return request;
}

bool RawConnection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ssl_ != nullptr
                              ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                              : send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(count);
  }
  return true;
}

void RawConnection::SendForever(absl::string_view bytes) {
  while (Send(bytes)) continue;
}

void RawConnection::AwaitClose() {
  char bytes[4096];
  while (Receive(bytes, sizeof(bytes)) > 0) continue;
}

void RawConnection::Reset() {
  const linger immediately = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &immediately, sizeof(immediately));
}

RawServer::RawServer(Script script, const TestCertificate* certificate, int tls_version)
    : script_(std::move(script)),
      tls_(certificate != nullptr),
      context_(MakeContext(certificate, tls_version), SSL_CTX_free) {
  listener_ = Bind(&port_);
  Require(listen(listener_.get(), SOMAXCONN) == 0, "listen");
  acceptor_ = std::thread([this] { Accept(); });
}

RawServer::~RawServer() {
  std::vector<std::thread> servers;
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    shutdown(listener_.get(), SHUT_RDWR);
    for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  }
  acceptor_.join();
  {
    base::MutexLock lock(&mutex_);
    servers.swap(servers_);
  }
  for (std::thread& server : servers) server.join();
}

RawServer::Script RawServer::Answering(std::string bytes) {
  return [bytes = std::move(bytes)](RawConnection& connection) {
    while (!connection.ReadRequest().empty() && connection.Send(bytes)) continue;
  };
}

std::string RawServer::Url(absl::string_view path) const {
  return absl::StrCat(tls_ ? "https" : "http", "://127.0.0.1:", port_, path);
}

int RawServer::accepted() const {
  base::MutexLock lock(&mutex_);
  return accepted_;
}

std::vector<std::string> RawServer::requests() const {
  base::MutexLock lock(&mutex_);
  return requests_;
}

void RawServer::Accept() {
  while (true) {
    const int fd = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    base::MutexLock lock(&mutex_);
    if (stopping_) {
      close(fd);
      return;
    }
    ++accepted_;
    open_.push_back(fd);
    servers_.emplace_back([this, fd] { Serve(fd); });
  }
}

void RawServer::Serve(int fd) {
  BlockSigpipe();
  SSL* ssl = nullptr;
  bool ready = true;
  if (tls_) {
    ssl = SSL_new(context_.get());
    SSL_set_fd(ssl, fd);
    ready = SSL_accept(ssl) == 1;
  }
  if (ready) {
    RawConnection connection(this, fd, ssl);
    script_(connection);
    if (ssl != nullptr) SSL_shutdown(ssl);
  }
  if (ssl != nullptr) SSL_free(ssl);
  base::MutexLock lock(&mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  close(fd);
}

void RawServer::Record(const std::string& request) {
  base::MutexLock lock(&mutex_);
  requests_.push_back(request);
}

RefusingPort::RefusingPort() : bound_(Bind(&port_)) {}

SilentPort::SilentPort() : listener_(Bind(&port_)) {
  Require(listen(listener_.get(), 0) == 0, "listen");
  // Linux drops further handshakes once the queue of accepted connections is full.
  const sockaddr_in address = Loopback(port_);
  for (int i = 0; i < 4; ++i) {
    base::FileDescriptor filler(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    Require(filler.valid(), "socket");
    if (connect(filler.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      Require(errno == EINPROGRESS, "connect");
    }
    fillers_.push_back(std::move(filler));
  }
}

}  // namespace sessionbroker::testing
