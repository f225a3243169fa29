#ifndef SESSIONBROKER_SERVICE_HTTP_MESSAGE_H_
#define SESSIONBROKER_SERVICE_HTTP_MESSAGE_H_

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace sessionbroker::http {

// A header as it stands on the wire.
struct Header {
  std::string name;
  std::string value;
};

// One request, complete. Sent as it is: nothing is added but Host, Content-Length and, where
// `headers` has none, User-Agent and Accept. May hold secrets: move-only, and wiped when it goes.
struct Request {
  Request() = default;
  ~Request();
  Request(Request&&) noexcept = default;
  Request& operator=(Request&& other) noexcept;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  // Upper-case.
  std::string method;
  // Absolute, http or https, percent-encoded.
  std::string url;
  std::vector<Header> headers;
  std::string body;

  // GoogleTest would print the bytes of it.
  friend void PrintTo(const Request& request, std::ostream* out);

 private:
  void WipeAll();
};

// One answer. Any status is an answer, also 4xx and 5xx.
struct Response {
  // The first header of this name, compared without case; nullptr if there is none.
  const std::string* FindHeader(absl::string_view name) const;

  int status = 0;
  // In the order of arrival. Repeated headers stay apart.
  std::vector<Header> headers;
  std::string body;
  // From handing the request over until the last byte.
  absl::Duration elapsed;

  // As for Request: an answer may hold a session id.
  friend void PrintTo(const Response& response, std::ostream* out);
};

}  // namespace sessionbroker::http

#endif  // SESSIONBROKER_SERVICE_HTTP_MESSAGE_H_
