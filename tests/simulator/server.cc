// The only file that sees Boost, because Beast compiles slowly.
#include "tests/simulator/server.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulator/mutex.h"

namespace sessionbroker::simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using AsioError = boost::system::error_code;

constexpr size_t kStackBytes = 512 << 10;
constexpr uint32_t kHeaderLimit = 64 << 10;
constexpr uint64_t kBodyLimit = 16 << 20;
constexpr char kBadRequest[] =
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

std::string Text(boost::beast::string_view text) { return std::string(text.data(), text.size()); }

Request ToRequest(const http::request<http::string_body>& message, const std::string& client,
                  bool secure) {
  Request request;
  request.method = Text(message.method_string());
  request.target = Text(message.target());
  const size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos) {
    request.query = Params::Parse(absl::string_view(request.target).substr(question + 1));
  }
  for (const auto& field : message) {
    request.headers.emplace_back(Text(field.name_string()), Text(field.value()));
  }
  request.body = message.body();
  if (request.method == "POST" &&
      absl::StartsWithIgnoreCase(request.Header("Content-Type").value_or(""),
                                 "application/x-www-form-urlencoded")) {
    request.form = Params::Parse(request.body);
  }
  request.client_address = client;
  request.secure = secure;
  request.keep_alive = message.keep_alive();
  return request;
}

// Resets when the descriptor is closed.
void LingerZero(int fd) {
  const linger hard{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

template <typename Stream>
class StreamWire final : public Wire {
 public:
  StreamWire(Stream& stream, int fd) : stream_(stream), fd_(fd) {}

  bool Send(absl::string_view bytes) override {
    AsioError error;
    asio::write(stream_, asio::buffer(bytes.data(), bytes.size()), error);
    return !error;
  }

  bool Wait(absl::Duration time) override {
    pollfd gone{fd_, POLLRDHUP, 0};
    if (time == absl::InfiniteDuration()) {
      poll(&gone, 1, -1);
      return false;
    }
    const int64_t longest = std::numeric_limits<int>::max();
    return poll(&gone, 1, static_cast<int>(std::min(longest, absl::ToInt64Milliseconds(time)))) ==
           0;
  }

  void Reset() override {
    // What was sent before arrives before the reset: the reset drops what is still queued.
    pollfd gone{fd_, POLLRDHUP, 0};
    int queued = 0;
    for (int tries = 0; tries < 100; ++tries) {
      if (ioctl(fd_, SIOCOUTQ, &queued) != 0 || queued == 0) break;
      if (poll(&gone, 1, 1) != 0) break;
    }
    LingerZero(fd_);
    reset_ = true;
  }

  bool first_request() const override { return requests_ == 0; }

  void Answered() { ++requests_; }
  bool was_reset() const { return reset_; }

 private:
  Stream& stream_;
  const int fd_;
  int requests_ = 0;
  bool reset_ = false;
};

// Reads and answers requests until one side has enough. True for an orderly end.
template <typename Stream>
bool Converse(Stream& stream, int fd, const std::string& client, bool secure, Handler& handler) {
  StreamWire<Stream> wire(stream, fd);
  boost::beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kHeaderLimit);
    parser.body_limit(kBodyLimit);
    AsioError error;
    http::read_header(stream, buffer, parser, error);
    if (!error && absl::EqualsIgnoreCase(Text(parser.get()[http::field::expect]), "100-continue")) {
      wire.Send("HTTP/1.1 100 Continue\r\n\r\n");
    }
    if (!error) http::read(stream, buffer, parser, error);
    if (error) {
      const bool not_http = error.category() == AsioError(http::error::bad_method).category() &&
                            error != http::error::end_of_stream;
      if (not_http) wire.Send(kBadRequest);
      return true;
    }
    const bool keep = handler.Handle(ToRequest(parser.get(), client, secure), wire);
    wire.Answered();
    if (!keep) return !wire.was_reset();
  }
}

std::string ClientAddress(const Tcp::socket& socket) {
  AsioError error;
  const Tcp::endpoint endpoint = socket.remote_endpoint(error);
  return error ? "" : endpoint.address().to_string();
}

class BeastServer final : public Server {
 public:
  BeastServer(int max_connections, std::optional<asio::ssl::context> tls, Handler& handler)
      : max_connections_(max_connections), tls_(std::move(tls)), handler_(handler) {}

  ~BeastServer() override {
    std::vector<pthread_t> threads;
    {
      MutexLock lock(mutex_);
      threads = std::move(finished_);
      finished_.clear();
      for (const auto& [id, open] : open_) {
        shutdown(open.fd, SHUT_RDWR);
        threads.push_back(open.thread);
      }
    }
    for (pthread_t thread : threads) pthread_join(thread, nullptr);
  }

  void Serve(int fd, bool tls, const std::string& group) override {
    JoinFinished();
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    auto task = std::make_unique<Task>(Task{this, 0, fd, tls});
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    {
      // The new thread looks for its entry under the lock, so it finds it complete.
      MutexLock lock(mutex_);
      task->id = ++last_id_;
      pthread_t thread{};
      if (static_cast<int>(open_.size()) < max_connections_ &&
          pthread_create(&thread, &attributes, &BeastServer::Main, task.get()) == 0) {
        open_[task.release()->id] = {fd, group, thread};
      } else {
        close(fd);
      }
    }
    pthread_attr_destroy(&attributes);
  }

  void CloseGroup(const std::string& group) override {
    MutexLock lock(mutex_);
    for (const auto& [id, open] : open_) {
      if (open.group == group) shutdown(open.fd, SHUT_RDWR);
    }
  }

  int open_connections() const override {
    MutexLock lock(mutex_);
    return static_cast<int>(open_.size());
  }

 private:
  // An entry is there as long as its descriptor may be shut down by others.
  struct Open {
    int fd = -1;
    std::string group;
    pthread_t thread{};
  };
  struct Task {
    BeastServer* server;
    int64_t id;
    int fd;
    bool tls;
  };

  static void* Main(void* argument) {
    const std::unique_ptr<Task> task(static_cast<Task*>(argument));
    task->server->Run(*task);
    return nullptr;
  }

  void Run(const Task& task) {
    asio::io_context context(1);  // Asio wants one; nothing is ever posted to it.
    Tcp::socket socket(context);
    AsioError error;
    socket.assign(Tcp::v4(), task.fd, error);
    const std::string client = ClientAddress(socket);
    if (!task.tls) {
      Converse(socket, task.fd, client, false, handler_);
    } else if (tls_) {
      asio::ssl::stream<Tcp::socket&> stream(socket, *tls_);
      stream.handshake(asio::ssl::stream_base::server, error);
      if (!error && Converse(stream, task.fd, client, true, handler_)) {
        // Sends close_notify; with reading shut it does not wait for the client's.
        shutdown(task.fd, SHUT_RD);
        stream.shutdown(error);
      }
    }
    {
      MutexLock lock(mutex_);
      const auto entry = open_.find(task.id);
      finished_.push_back(entry->second.thread);
      open_.erase(entry);
    }
    socket.close(error);
  }

  // So that threads which are through do not pile up.
  void JoinFinished() {
    std::vector<pthread_t> finished;
    {
      MutexLock lock(mutex_);
      finished.swap(finished_);
    }
    for (pthread_t thread : finished) pthread_join(thread, nullptr);
  }

  const int max_connections_;
  std::optional<asio::ssl::context> tls_;
  Handler& handler_;
  mutable Mutex mutex_;
  std::unordered_map<int64_t, Open> open_ ABSL_GUARDED_BY(mutex_);
  std::vector<pthread_t> finished_ ABSL_GUARDED_BY(mutex_);
  int64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
};

absl::StatusOr<asio::ssl::context> MakeTls(const std::string& certificate, const std::string& key) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  AsioError error;
  context.use_certificate_chain(asio::buffer(certificate), error);
  if (error) return absl::InvalidArgumentError(absl::StrCat("certificate: ", error.message()));
  context.use_private_key(asio::buffer(key), asio::ssl::context::pem, error);
  if (error) return absl::InvalidArgumentError(absl::StrCat("private key: ", error.message()));
  return context;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Create(const Options& options, Handler& handler) {
  std::optional<asio::ssl::context> tls;
  if (!options.certificate_pem.empty() || !options.private_key_pem.empty()) {
    absl::StatusOr<asio::ssl::context> made =
        MakeTls(options.certificate_pem, options.private_key_pem);
    if (!made.ok()) return made.status();
    tls = *std::move(made);
  }
  return std::make_unique<BeastServer>(options.max_connections, std::move(tls), handler);
}

}  // namespace sessionbroker::simulator
