#include "service/crypto/base64.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace sessionbroker::crypto {
namespace {

constexpr absl::string_view DigitsOf(Base64Alphabet alphabet) {
  return alphabet == Base64Alphabet::kStandard
             ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
             : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

}  // namespace

secrets::WipedBytes Base64Encode(absl::string_view bytes, Base64Alphabet alphabet) {
  const absl::string_view digits = DigitsOf(alphabet);
  secrets::WipedBytes out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j <= count; ++j) out.push_back(digits[group >> (18 - 6 * j) & 63]);
    if (alphabet == Base64Alphabet::kStandard) out.insert(out.end(), 3 - count, '=');
  }
  return out;
}

absl::StatusOr<secrets::WipedBytes> Base64Decode(absl::string_view text, Base64Alphabet alphabet) {
  const absl::string_view digits = DigitsOf(alphabet);
  if (alphabet == Base64Alphabet::kStandard) {
    if (text.size() % 4 != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("base64 text has a multiple of 4 characters, not ", text.size()));
    }
    for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) {
    return absl::InvalidArgumentError("base64 text ends with a lone digit");
  }
  secrets::WipedBytes out;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t bits = 0;
  int bit_count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t digit = digits.find(text[i]);
    if (digit == absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("no base64 digit at offset ", i));
    }
    bits = (bits << 6 | static_cast<uint32_t>(digit)) & 0xfff;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      out.push_back(static_cast<char>(bits >> bit_count & 0xff));
    }
  }
  if ((bits & ((1u << bit_count) - 1)) != 0) {
    return absl::InvalidArgumentError("base64 text has stray bits in its last digit");
  }
  return out;
}

}  // namespace sessionbroker::crypto
