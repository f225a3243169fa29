#include "service/login/expression/text_functions.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "service/crypto/base64.h"
#include "service/crypto/hex.h"
#include "service/login/expression/utf8.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {

absl::StatusOr<Value> ToHex(absl::Span<const Value> arguments) {
  return Value::Text(crypto::HexEncode(arguments[0].bytes()));
}

absl::StatusOr<Value> ToBase64(absl::Span<const Value> arguments) {
  return Value::Text(crypto::Base64Encode(arguments[0].bytes(), crypto::Base64Alphabet::kStandard));
}

absl::StatusOr<Value> ToBase64Url(absl::Span<const Value> arguments) {
  return Value::Text(crypto::Base64Encode(arguments[0].bytes(), crypto::Base64Alphabet::kUrl));
}

absl::StatusOr<Value> BytesToText(absl::Span<const Value> arguments) {
  if (!IsUtf8(arguments[0].bytes())) {
    return absl::InvalidArgumentError("the bytes are not UTF-8");
  }
  return Value::Text(arguments[0].bytes());
}

absl::StatusOr<Value> TextToBytes(absl::Span<const Value> arguments) {
  return Value::Bytes(arguments[0].text());
}

absl::StatusOr<Value> ToUpper(absl::Span<const Value> arguments) {
  const absl::string_view text = arguments[0].text();
  secrets::WipedBytes out(text.begin(), text.end());
  for (char& c : out) c = absl::ascii_toupper(c);
  return Value::Text(std::move(out));
}

absl::StatusOr<Value> ToLower(absl::Span<const Value> arguments) {
  const absl::string_view text = arguments[0].text();
  secrets::WipedBytes out(text.begin(), text.end());
  for (char& c : out) c = absl::ascii_tolower(c);
  return Value::Text(std::move(out));
}

absl::StatusOr<Value> IntToText(absl::Span<const Value> arguments) {
  constexpr std::size_t kLongest = std::numeric_limits<int64_t>::digits10 + 2;  // "-" and rounding.
  secrets::WipedBytes out(kLongest);
  const auto written = std::to_chars(out.data(), out.data() + out.size(), arguments[0].int_value());
  out.resize(static_cast<std::size_t>(written.ptr - out.data()));
  return Value::Text(std::move(out));
}

absl::StatusOr<Value> BoolToText(absl::Span<const Value> arguments) {
  return Value::Text(absl::string_view(arguments[0].bool_value() ? "true" : "false"));
}

absl::StatusOr<Value> TextToInt(absl::Span<const Value> arguments) {
  const absl::string_view text = arguments[0].text();
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc::result_out_of_range) {
    return absl::InvalidArgumentError("the number does not fit an int (64 bits)");
  }
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return absl::InvalidArgumentError("the text is not a decimal integer");
  }
  return Value::Int(value);
}

}  // namespace sessionbroker::login
