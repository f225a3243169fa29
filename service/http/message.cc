#include "service/http/message.h"

#include <openssl/crypto.h>

#include "absl/strings/match.h"

namespace sessionbroker::http {
namespace {

void Wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

}  // namespace

Request::~Request() {
  Wipe(url);
  Wipe(body);
  for (Header& header : headers) Wipe(header.value);
}

const std::string* Response::FindHeader(absl::string_view name) const {
  for (const Header& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) return &header.value;
  }
  return nullptr;
}

}  // namespace sessionbroker::http
