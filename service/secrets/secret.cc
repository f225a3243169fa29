#include "service/secrets/secret.h"

#include <openssl/crypto.h>

namespace sessionbroker::secrets {
namespace {

absl::string_view View(const std::shared_ptr<const WipedBytes>& bytes) {
  return bytes == nullptr ? absl::string_view() : absl::string_view(bytes->data(), bytes->size());
}

}  // namespace

Secret::Secret(absl::string_view bytes)
    : bytes_(std::make_shared<const WipedBytes>(bytes.begin(), bytes.end())) {}

absl::string_view Secret::Reveal(const RevealToken& /*token*/) const { return View(bytes_); }

bool Secret::Equals(const Secret& other) const {
  const absl::string_view a = View(bytes_);
  const absl::string_view b = View(other.bytes_);
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void PrintTo(const Secret& /*secret*/, std::ostream* out) { *out << "<redacted>"; }

}  // namespace sessionbroker::secrets
