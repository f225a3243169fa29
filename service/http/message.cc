#include "service/http/message.h"

#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "service/http/wipe.h"

namespace sessionbroker::http {

Request::~Request() { WipeAll(); }

Request& Request::operator=(Request&& other) noexcept {
  if (this == &other) return *this;
  WipeAll();
  method = std::move(other.method);
  url = std::move(other.url);
  headers = std::move(other.headers);
  body = std::move(other.body);
  return *this;
}

void Request::WipeAll() {
  Wipe(url);
  Wipe(body);
  for (Header& header : headers) Wipe(header.value);
}

void PrintTo(const Request& request, std::ostream* out) {
  *out << "<request: " << request.method << ">";
}

void PrintTo(const Response& response, std::ostream* out) {
  *out << "<response: status " << response.status << ">";
}

const std::string* Response::FindHeader(absl::string_view name) const {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) return &header.value;
  }
  return nullptr;
}

}  // namespace sessionbroker::http
