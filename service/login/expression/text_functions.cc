#include "service/login/expression/text_functions.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"
#include "service/crypto/base64.h"
#include "service/crypto/hex.h"
#include "service/login/expression/code_point.h"
#include "service/login/expression/limits.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

// Of a text that came in as a binding: nothing here makes such.
absl::Status NotUtf8() { return absl::InvalidArgumentError("the text is not UTF-8"); }

secrets::WipedBytes Encode(absl::string_view text, absl::string_view kept, bool space_is_plus) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  secrets::WipedBytes out;
  out.reserve(text.size());
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || kept.find(c) != absl::string_view::npos) {
      out.push_back(c);
    } else if (space_is_plus && c == ' ') {
      out.push_back('+');
    } else {
      const unsigned char byte = static_cast<unsigned char>(c);
      out.insert(out.end(), {'%', kDigits[byte >> 4], kDigits[byte & 0xf]});
    }
  }
  return out;
}

}  // namespace

secrets::WipedBytes PercentEncode(absl::string_view text) {
  return Encode(text, "-._~", /*space_is_plus=*/false);
}

secrets::WipedBytes FormEncode(absl::string_view text) {
  return Encode(text, "-._", /*space_is_plus=*/true);
}

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
  if (!base::IsValidUtf8(arguments[0].bytes())) {
    return absl::InvalidArgumentError("the bytes are not UTF-8");
  }
  return Value::Text(arguments[0].bytes());
}

absl::StatusOr<Value> TextToBytes(absl::Span<const Value> arguments) {
  return Value::Bytes(arguments[0].text());
}

absl::StatusOr<Value> TextToUtf16Le(absl::Span<const Value> arguments) {
  absl::string_view text = arguments[0].text();
  if (!base::IsValidUtf8(text)) return NotUtf8();
  secrets::WipedBytes out;
  out.reserve(text.size() * 2);
  const auto append = [&out](char32_t unit) {
    out.push_back(static_cast<char>(unit & 0xff));
    out.push_back(static_cast<char>(unit >> 8));
  };
  while (!text.empty()) {
    const char32_t code_point = TakeCodePoint(&text);
    if (code_point < 0x10000) {
      append(code_point);
    } else {  // RFC 2781, section 2.1.
      append(0xd800 + ((code_point - 0x10000) >> 10));
      append(0xdc00 + ((code_point - 0x10000) & 0x3ff));
    }
  }
  return Value::Bytes(std::move(out));
}

absl::StatusOr<Value> TextToLatin1(absl::Span<const Value> arguments) {
  absl::string_view text = arguments[0].text();
  if (!base::IsValidUtf8(text)) return NotUtf8();
  secrets::WipedBytes out;
  out.reserve(text.size());
  while (!text.empty()) {
    const char32_t code_point = TakeCodePoint(&text);
    if (code_point > 0xff) {
      return absl::InvalidArgumentError("the text has a character that is not in Latin-1");
    }
    out.push_back(static_cast<char>(code_point));
  }
  return Value::Bytes(std::move(out));
}

absl::StatusOr<Value> FromHex(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(secrets::WipedBytes bytes, crypto::HexDecode(arguments[0].text()));
  return Value::Bytes(std::move(bytes));
}

absl::StatusOr<Value> FromBase64(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(secrets::WipedBytes bytes,
                      crypto::Base64Decode(arguments[0].text(), crypto::Base64Alphabet::kStandard));
  return Value::Bytes(std::move(bytes));
}

absl::StatusOr<Value> FromBase64Url(absl::Span<const Value> arguments) {
  SB_ASSIGN_OR_RETURN(secrets::WipedBytes bytes,
                      crypto::Base64Decode(arguments[0].text(), crypto::Base64Alphabet::kUrl));
  return Value::Bytes(std::move(bytes));
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

absl::StatusOr<Value> ToPercent(absl::Span<const Value> arguments) {
  return Value::Text(PercentEncode(arguments[0].text()));
}

absl::StatusOr<Value> ToForm(absl::Span<const Value> arguments) {
  return Value::Text(FormEncode(arguments[0].text()));
}

absl::StatusOr<Value> Substring(absl::Span<const Value> arguments) {
  absl::string_view rest = arguments[0].text();
  const absl::string_view text = rest;
  if (!base::IsValidUtf8(text)) return NotUtf8();
  const int64_t start = arguments[1].int_value();
  // Where each end lies in bytes, once its character is reached.
  std::optional<std::size_t> begin_byte;
  std::optional<std::size_t> end_byte;
  int64_t at = 0;
  while (true) {
    if (at == start) begin_byte = text.size() - rest.size();
    if (arguments.size() > 2 && at == arguments[2].int_value()) {
      end_byte = text.size() - rest.size();
    }
    if (rest.empty()) break;
    TakeCodePoint(&rest);
    ++at;
  }
  if (arguments.size() == 2) end_byte = text.size();
  if (!begin_byte.has_value() || !end_byte.has_value() || *begin_byte > *end_byte) {
    return absl::OutOfRangeError("start and end are not in order within the text");
  }
  return Value::Text(text.substr(*begin_byte, *end_byte - *begin_byte));
}

absl::StatusOr<Value> Replace(absl::Span<const Value> arguments) {
  absl::string_view rest = arguments[0].text();
  const absl::string_view old_part = arguments[1].text();
  const absl::string_view new_part = arguments[2].text();
  if (old_part.empty()) return absl::InvalidArgumentError("the part to replace is empty");
  secrets::WipedBytes out;
  while (out.size() <= kMaxValueSizeInBytes) {
    const std::size_t found = rest.find(old_part);
    const absl::string_view before = rest.substr(0, found);
    out.insert(out.end(), before.begin(), before.end());
    if (found == absl::string_view::npos) return Value::Text(std::move(out));
    out.insert(out.end(), new_part.begin(), new_part.end());
    rest.remove_prefix(found + old_part.size());
  }
  return absl::OutOfRangeError(
      absl::StrCat("the result has more than ", kMaxValueSizeInBytes, " bytes"));
}

absl::StatusOr<Value> Column(absl::Span<const Value> arguments) {
  absl::string_view rest = arguments[0].text();
  const absl::string_view separator = arguments[1].text();
  if (separator.empty()) return absl::InvalidArgumentError("the separator is empty");
  for (int64_t left = arguments[2].int_value(); left >= 0; --left) {
    const std::size_t found = rest.find(separator);
    if (left == 0) return Value::Text(rest.substr(0, found));
    if (found == absl::string_view::npos) break;
    rest.remove_prefix(found + separator.size());
  }
  return absl::OutOfRangeError("the text has no such column");
}

absl::StatusOr<Value> Group(absl::Span<const Value> arguments) {
  absl::string_view rest = arguments[0].text();
  const int64_t size = arguments[1].int_value();
  const absl::string_view separator = arguments[2].text();
  if (!base::IsValidUtf8(rest)) return NotUtf8();
  if (size < 1)
    return absl::InvalidArgumentError(absl::StrCat("size is ", size, ", not 1 or more"));
  secrets::WipedBytes out;
  for (int64_t count = 0; !rest.empty(); ++count) {
    if (count > 0 && count % size == 0) out.insert(out.end(), separator.begin(), separator.end());
    const absl::string_view before = rest;
    TakeCodePoint(&rest);
    out.insert(out.end(), before.begin(), before.end() - rest.size());
    if (out.size() > kMaxValueSizeInBytes) {
      return absl::OutOfRangeError(
          absl::StrCat("the result has more than ", kMaxValueSizeInBytes, " bytes"));
    }
  }
  return Value::Text(std::move(out));
}

int64_t WorkOfParting(absl::Span<const Value> arguments) {
  return kWorkOfPart * static_cast<int64_t>(arguments[0].text().size());
}

int64_t WorkOfSearch(absl::Span<const Value> arguments) {
  // At worst the second is compared at each place of the first, 64 bytes in the time of one. Both
  // are within kMaxValueSizeInBytes.
  return WorkOfParting(arguments) + static_cast<int64_t>(arguments[0].text().size()) *
                                        static_cast<int64_t>(arguments[1].text().size()) / 64;
}

absl::StatusOr<Value> Size(absl::Span<const Value> arguments) {
  absl::string_view rest = arguments[0].data();
  if (arguments[0].type() == Type::kBytes) return Value::Int(static_cast<int64_t>(rest.size()));
  if (!base::IsValidUtf8(rest)) return NotUtf8();
  int64_t size = 0;
  for (; !rest.empty(); ++size) TakeCodePoint(&rest);
  return Value::Int(size);
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
