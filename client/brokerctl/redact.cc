#include "client/brokerctl/redact.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sessionbroker::brokerctl {
namespace {

constexpr std::size_t kShownBytes = 4;
constexpr std::size_t kShortestShown = 16;
constexpr char kEllipsis[] = "…";

// The longest prefix of `text` that has at most `bytes` bytes and does not cut a UTF-8 sequence.
absl::string_view Prefix(absl::string_view text, std::size_t bytes) {
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string ShortenedValue(absl::string_view value) {
  for (const absl::string_view scheme : {"Bearer ", "Basic ", "Token "}) {
    if (absl::StartsWithIgnoreCase(value, scheme)) {
      return absl::StrCat(value.substr(0, scheme.size()), Shortened(value.substr(scheme.size())));
    }
  }
  return Shortened(value);
}

}  // namespace

std::string Shortened(absl::string_view secret) {
  if (secret.empty()) return "";
  if (secret.size() < kShortestShown) return kEllipsis;
  return absl::StrCat(Prefix(secret, kShownBytes), kEllipsis);
}

void Redact(v1::Session* session) {
  const std::string id = session->id();
  const std::string shortened = Shortened(id);
  session->set_id(shortened);
  for (v1::Attachment& attachment : *session->mutable_attachments()) {
    attachment.set_value(ShortenedValue(attachment.value()));
  }
  if (id.empty()) return;
  for (auto& [name, value] : *session->mutable_attributes()) {
    value = absl::StrReplaceAll(value, {{id, shortened}});
  }
  session->set_base_url(absl::StrReplaceAll(session->base_url(), {{id, shortened}}));
}

}  // namespace sessionbroker::brokerctl
