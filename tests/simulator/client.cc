#include "tests/simulator/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "curl/curl.h"

namespace sessionbroker::simulator {
namespace {

std::string Escape(CURL* curl, const std::string& text) {
  char* const escaped = curl_easy_escape(curl, text.data(), static_cast<int>(text.size()));
  std::string copy(escaped);
  curl_free(escaped);
  return copy;
}

std::string Encode(CURL* curl, const Pairs& pairs) {
  std::string encoded;
  for (const auto& [name, value] : pairs) {
    absl::StrAppend(&encoded, encoded.empty() ? "" : "&", Escape(curl, name), "=",
                    Escape(curl, value));
  }
  return encoded;
}

size_t OnBody(char* data, size_t size, size_t count, void* answer) {
  static_cast<Answer*>(answer)->body.append(data, size * count);
  return size * count;
}

size_t OnHeader(char* data, size_t size, size_t count, void* answer) {
  auto* const into = static_cast<Answer*>(answer);
  into->header_bytes += static_cast<int64_t>(size * count);
  absl::string_view line(data, size * count);
  absl::ConsumeSuffix(&line, "\r\n");
  const size_t colon = line.find(": ");
  if (colon != absl::string_view::npos) {
    into->headers.emplace_back(std::string(line.substr(0, colon)),
                               std::string(line.substr(colon + 2)));
  }
  return size * count;
}

// A socket connected to the port, or an error in `answer`.
int Connect(int port, RawAnswer& answer) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  answer.connect_error = errno;
  close(fd);
  return -1;
}

}  // namespace

std::vector<std::string> Answer::Header(absl::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) values.push_back(value);
  }
  return values;
}

Client::Client() : curl_(curl_easy_init()) {}
Client::~Client() { curl_easy_cleanup(curl_); }

Answer Client::Send(const Call& call) {
  Answer answer;
  curl_easy_reset(curl_);
  std::string url = call.url;
  if (!call.query.empty()) absl::StrAppend(&url, "?", Encode(curl_, call.query));
  std::string body = call.body;
  curl_slist* headers = nullptr;
  if (!call.form.empty()) {
    body = Encode(curl_, call.form);
    headers = curl_slist_append(headers, "Content-Type: application/x-www-form-urlencoded");
  }
  for (const auto& [name, value] : call.headers) {
    headers = curl_slist_append(headers, absl::StrCat(name, ": ", value).c_str());
  }
  curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl_, CURLOPT_PROXY, "");
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, 20000L);
  curl_easy_setopt(curl_, CURLOPT_PATH_AS_IS, 1L);
  if (call.method == "HEAD") {
    curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
  } else if (call.method != "GET") {
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl_, CURLOPT_COPYPOSTFIELDS, body.c_str());
    curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  }
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
  if (!call.user_agent.empty()) {
    curl_easy_setopt(curl_, CURLOPT_USERAGENT, call.user_agent.c_str());
  }
  if (!call.ca_file.empty()) curl_easy_setopt(curl_, CURLOPT_CAINFO, call.ca_file.c_str());
  if (!call.source_address.empty()) {
    curl_easy_setopt(curl_, CURLOPT_INTERFACE, absl::StrCat("host!", call.source_address).c_str());
  }
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &OnBody);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &OnHeader);
  curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &answer);
  answer.error = curl_easy_perform(curl_);
  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  curl_slist_free_all(headers);
  return answer;
}

RawAnswer SendRaw(int port, absl::string_view bytes, size_t enough) {
  RawAnswer answer;
  const int fd = Connect(port, answer);
  if (fd < 0) return answer;
  // A server that closes at once may be faster than this; the reading tells.
  send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  char block[4096];
  while (answer.bytes.size() < enough) {
    const ssize_t got = recv(fd, block, sizeof(block), 0);
    if (got < 0) answer.read_error = errno;
    if (got <= 0) break;
    answer.bytes.append(block, static_cast<size_t>(got));
  }
  close(fd);
  return answer;
}

bool StaysSilent(int port, absl::string_view bytes, int milliseconds, std::string& seen) {
  RawAnswer answer;
  const int fd = Connect(port, answer);
  if (fd < 0) return false;
  send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  bool silent = false;
  char block[4096];
  for (;;) {
    pollfd readable{fd, POLLIN | POLLRDHUP, 0};
    if (poll(&readable, 1, milliseconds) == 0) {
      silent = true;
      break;
    }
    const ssize_t got = recv(fd, block, sizeof(block), 0);
    if (got <= 0) break;
    seen.append(block, static_cast<size_t>(got));
  }
  close(fd);
  return silent;
}

int PortOf(absl::string_view url) {
  const size_t colon = url.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(url.substr(colon + 1, url.find('/', colon) - colon - 1), &port)) {
    return 0;
  }
  return port;
}

}  // namespace sessionbroker::simulator
