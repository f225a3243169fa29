#include "service/crypto/sealing.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "service/base/status_macros.h"
#include "service/crypto/aes_gcm.h"
#include "service/crypto/base64.h"
#include "service/crypto/hex.h"
#include "service/crypto/hmac.h"

namespace sessionbroker::crypto {
namespace {

constexpr char kForm = 1;
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes;
// Under the key it gives the id, and is the message of no other HMAC.
constexpr char kIdLabel[] = "session-broker sealing key id";

absl::string_view Reveal(const SealingKey& key) {
  return key.bytes().Reveal(secrets::RevealToken::Issue());
}

// The tag covers the header as well.
std::string AdditionalData(absl::string_view header, absl::string_view place) {
  return absl::StrCat(header, place);
}

}  // namespace

absl::StatusOr<SealingKey> SealingKey::FromText(const secrets::Secret& text) {
  const absl::string_view digits = text.Reveal(secrets::RevealToken::Issue());
  absl::StatusOr<secrets::WipedBytes> key = digits.size() == 2 * kAes256KeyBytes
                                                ? HexDecode(digits)
                                                : Base64Decode(digits, Base64Alphabet::kStandard);
  if (!key.ok() || key->size() != kAes256KeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a sealing key has ", kAes256KeyBytes, " bytes, written as ", 2 * kAes256KeyBytes,
        " hex digits or in base64; `openssl rand -hex ", kAes256KeyBytes, "` makes one"));
  }
  SB_ASSIGN_OR_RETURN(const secrets::WipedBytes mac,
                      Hmac(DigestAlgorithm::kSha256, View(*key), kIdLabel));
  const secrets::WipedBytes id = HexEncode(View(mac).substr(0, kKeyIdBytes));
  return SealingKey(std::string(View(id)), secrets::Secret(View(*key)));
}

void RecordParts::Add(absl::string_view text) {
  secrets::Append(absl::StrCat(text.size(), ":"), bytes_);
  secrets::Append(text, bytes_);
}

void RecordParts::Add(const secrets::Secret& secret) {
  Add(secret.Reveal(secrets::RevealToken::Issue()));
}

std::optional<std::vector<absl::string_view>> PartsOf(absl::string_view opened) {
  std::vector<absl::string_view> parts;
  while (!opened.empty()) {
    const std::size_t colon = opened.find(':');
    std::size_t size = 0;
    if (colon == absl::string_view::npos || !absl::SimpleAtoi(opened.substr(0, colon), &size) ||
        size > opened.size() - colon - 1) {
      return std::nullopt;
    }
    parts.push_back(opened.substr(colon + 1, size));
    opened.remove_prefix(colon + 1 + size);
  }
  return parts;
}

std::string PlaceOf(const std::vector<absl::string_view>& parts) {
  std::string place;
  for (const absl::string_view part : parts) absl::StrAppend(&place, part.size(), ":", part);
  return place;
}

absl::StatusOr<SealingKeys> SealingKeys::Create(std::vector<SealingKey> keys) {
  if (keys.empty()) return absl::InvalidArgumentError("there is no sealing key");
  std::set<std::string> ids;
  for (const SealingKey& key : keys) {
    if (!ids.insert(key.id()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the sealing key with the id ", key.id(), " stands twice"));
    }
  }
  return SealingKeys(std::move(keys));
}

absl::StatusOr<std::string> SealingKeys::Seal(absl::string_view plaintext, absl::string_view place,
                                              RandomSource& random) const {
  const SealingKey& key = keys_.front();
  SB_ASSIGN_OR_RETURN(const secrets::WipedBytes id, HexDecode(key.id()));
  const std::string header = absl::StrCat(absl::string_view(&kForm, 1), View(id));
  std::string nonce(kGcmNonceBytes, '\0');
  SB_RETURN_IF_ERROR(random.Fill(absl::MakeSpan(nonce.data(), nonce.size())));
  SB_ASSIGN_OR_RETURN(const std::string sealed,
                      AesGcmSeal(Reveal(key), nonce, AdditionalData(header, place), plaintext));
  return absl::StrCat(header, nonce, sealed);
}

absl::StatusOr<std::string> SealingKeys::Seal(const RecordParts& parts, absl::string_view place,
                                              RandomSource& random) const {
  return Seal(View(parts.bytes_), place, random);
}

std::vector<std::string> SealingKeys::ids() const {
  std::vector<std::string> ids;
  for (const SealingKey& key : keys_) ids.push_back(key.id());
  return ids;
}

bool SealingKeys::IsSealedWithFirst(absl::string_view sealed) const {
  return sealed.size() >= kHeaderBytes && sealed.front() == kForm &&
         View(HexEncode(sealed.substr(1, kKeyIdBytes))) == keys_.front().id();
}

absl::StatusOr<secrets::WipedBytes> SealingKeys::Open(absl::string_view sealed,
                                                      absl::string_view place) const {
  if (sealed.size() < kHeaderBytes + kGcmNonceBytes + kGcmTagBytes || sealed.front() != kForm) {
    return absl::DataLossError("no sealed record of a known form");
  }
  const absl::string_view header = sealed.substr(0, kHeaderBytes);
  const secrets::WipedBytes id = HexEncode(header.substr(1));
  const auto key = std::find_if(keys_.begin(), keys_.end(),
                                [&id](const SealingKey& known) { return View(id) == known.id(); });
  if (key == keys_.end()) {
    return absl::FailedPreconditionError(absl::StrCat("sealed with the key whose id is ", View(id),
                                                      ", which is not among the sealing keys"));
  }
  absl::StatusOr<secrets::WipedBytes> opened =
      AesGcmOpen(Reveal(*key), sealed.substr(kHeaderBytes, kGcmNonceBytes),
                 AdditionalData(header, place), sealed.substr(kHeaderBytes + kGcmNonceBytes));
  if (absl::IsDataLoss(opened.status())) {
    return absl::DataLossError("a sealed record is damaged, or was sealed for another place");
  }
  return opened;
}

}  // namespace sessionbroker::crypto
