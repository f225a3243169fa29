// What is left of a request in this process's memory once it has been sent: nothing. The server is
// a process of its own, because it would remember.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/http/transport_harness.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::http {
namespace {

using ::sessionbroker::testing::IsOk;

// Answers every request that comes in one piece, until it is killed.
class ServerProcess {
 public:
  ServerProcess() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    child_ = fork();
    if (child_ == 0) Serve();
  }
  ~ServerProcess() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    close(listener_);
  }
  int port() const { return port_; }

 private:
  [[noreturn]] void Serve() {
    static constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    while (true) {
      const int fd = accept(listener_, nullptr, nullptr);
      char bytes[4096];
      while (recv(fd, bytes, sizeof(bytes), 0) > 0) {
        if (send(fd, kAnswer, sizeof(kAnswer) - 1, MSG_NOSIGNAL) < 0) break;
      }
      close(fd);
    }
  }

  int listener_ = -1;
  int port_ = 0;
  pid_t child_ = -1;
};

constexpr char kMask = 0x55;

// A secret that stands in memory masked only.
class MaskedSecret {
 public:
  explicit MaskedSecret(std::string secret) : masked_(std::move(secret)) {
    for (char& c : masked_) c ^= kMask;
  }

  // Appends the secret, within the capacity of `text`: no copy is left behind.
  void AppendTo(std::string& text) const {
    ASSERT_GE(text.capacity(), text.size() + masked_.size());
    for (const char c : masked_) text.push_back(static_cast<char>(c ^ kMask));
  }

  int CountIn(absl::string_view memory) const {
    int count = 0;
    for (std::size_t i = 0; i + masked_.size() <= memory.size(); ++i) {
      std::size_t j = 0;
      while (j < masked_.size() && (memory[i + j] ^ kMask) == masked_[j]) ++j;
      if (j == masked_.size()) ++count;
    }
    return count;
  }

 private:
  std::string masked_;
};

// How often the secret stands in this process's writable memory.
int CountInMemory(const MaskedSecret& secret) {
  int count = 0;
  // Of a size that gets a mapping of its own, which is skipped because it holds what is looked at.
  std::vector<char> copy(64 << 20);
  std::ifstream maps("/proc/self/maps");
  std::FILE* const memory = std::fopen("/proc/self/mem", "rb");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char permissions[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, permissions) != 3) continue;
    const auto own = reinterpret_cast<unsigned long>(copy.data());
    if (permissions[1] != 'w' || (begin <= own && own < end)) continue;
    for (unsigned long at = begin; at < end; at += copy.size()) {
      std::fseek(memory, static_cast<long>(at), SEEK_SET);
      const std::size_t size = std::min<unsigned long>(copy.size(), end - at);
      const std::size_t read = std::fread(copy.data(), 1, size, memory);
      count += secret.CountIn(absl::string_view(copy.data(), read));
    }
  }
  std::fclose(memory);
  OPENSSL_cleanse(copy.data(), copy.size());
  return count;
}

TEST(CurlMemoryTest, NothingOfARequestIsLeftAfterItsExchange) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's shadow is terabytes of memory";
#endif
  const ServerProcess server;
  std::string text = "S3cret";
  text.append("OfTheRequest");
  const MaskedSecret secret(text);
  OPENSSL_cleanse(text.data(), text.size());

  TransportHarness http;
  for (int i = 0; i < 3; ++i) {
    Request request = Post(absl::StrCat("http://127.0.0.1:", server.port(), "/login"), "");
    request.url.reserve(256);
    request.url.append("?key=");
    secret.AppendTo(request.url);
    request.body.reserve(1024);
    request.body.append("password=");
    secret.AppendTo(request.body);
    request.headers.push_back({"X-Key", ""});
    request.headers.back().value.reserve(256);
    secret.AppendTo(request.headers.back().value);
    // The search finds what is there.
    EXPECT_EQ(CountInMemory(secret), 3);
    EXPECT_THAT(http.Exchange(std::move(request)), IsOk());
  }
  // Returned from the last callback.
  http.OnLoop([] {});
  EXPECT_EQ(CountInMemory(secret), 0);
}

}  // namespace
}  // namespace sessionbroker::http
