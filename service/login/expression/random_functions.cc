#include "service/login/expression/random_functions.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"
#include "service/crypto/hex.h"
#include "service/login/expression/code_point.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

// Eight characters of ten different ones are 26 bits.
constexpr int64_t kMinSize = 8;
constexpr int64_t kMaxSize = 256;
constexpr std::size_t kMinAlphabetSize = 10;
constexpr std::size_t kMaxAlphabetSize = 256;

absl::Status CheckSize(int64_t size) {
  if (size >= kMinSize && size <= kMaxSize) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("size is ", size, ", not ", kMinSize, " to ", kMaxSize));
}

absl::StatusOr<std::vector<absl::string_view>> CharactersOf(absl::string_view text) {
  if (!base::IsValidUtf8(text)) return absl::InvalidArgumentError("the text is not UTF-8");
  std::vector<absl::string_view> characters;
  while (!text.empty() && characters.size() <= kMaxAlphabetSize) {
    const absl::string_view before = text;
    TakeCodePoint(&text);
    characters.push_back(before.substr(0, before.size() - text.size()));
  }
  if (characters.size() < kMinAlphabetSize || characters.size() > kMaxAlphabetSize) {
    return absl::InvalidArgumentError(absl::StrCat("an alphabet has ", kMinAlphabetSize, " to ",
                                                   kMaxAlphabetSize, " characters"));
  }
  if (std::set<absl::string_view>(characters.begin(), characters.end()).size() !=
      characters.size()) {
    return absl::InvalidArgumentError("an alphabet has no character twice");
  }
  return characters;
}

// Below `bound`, which is at most 256, each number as likely as the others.
absl::StatusOr<std::size_t> RandomBelow(std::size_t bound, crypto::RandomSource& random) {
  // Each try succeeds with more than even odds.
  for (int tries = 0; tries < 128; ++tries) {
    char byte = 0;
    SB_RETURN_IF_ERROR(random.Fill(absl::MakeSpan(&byte, 1)));
    const std::size_t number = static_cast<unsigned char>(byte);
    if (number < 256 - 256 % bound) return number % bound;
  }
  return absl::InternalError("the random bytes are not random");
}

}  // namespace

absl::StatusOr<Value> RandomBytes(absl::Span<const Value> arguments, crypto::RandomSource& random) {
  const int64_t size = arguments[0].int_value();
  SB_RETURN_IF_ERROR(CheckSize(size));
  secrets::WipedBytes out(static_cast<std::size_t>(size));
  SB_RETURN_IF_ERROR(random.Fill(absl::MakeSpan(out)));
  return Value::Bytes(std::move(out));
}

absl::StatusOr<Value> RandomText(absl::Span<const Value> arguments, crypto::RandomSource& random) {
  const int64_t size = arguments[1].int_value();
  SB_RETURN_IF_ERROR(CheckSize(size));
  SB_ASSIGN_OR_RETURN(const std::vector<absl::string_view> alphabet,
                      CharactersOf(arguments[0].text()));
  secrets::WipedBytes out;
  for (int64_t i = 0; i < size; ++i) {
    SB_ASSIGN_OR_RETURN(const std::size_t index, RandomBelow(alphabet.size(), random));
    out.insert(out.end(), alphabet[index].begin(), alphabet[index].end());
  }
  return Value::Text(std::move(out));
}

absl::StatusOr<Value> RandomUuid(absl::Span<const Value> /*arguments*/,
                                 crypto::RandomSource& random) {
  // RFC 9562, sections 4 and 5.4: the version, 4, and the variant stand in fixed places.
  char bytes[16];
  SB_RETURN_IF_ERROR(random.Fill(absl::MakeSpan(bytes)));
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  secrets::WipedBytes out = crypto::HexEncode(absl::string_view(bytes, sizeof(bytes)));
  for (const std::ptrdiff_t at : {20, 16, 12, 8}) out.insert(out.begin() + at, '-');
  return Value::Text(std::move(out));
}

}  // namespace sessionbroker::login
