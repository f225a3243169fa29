#include "service/login/text_decoding.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "service/login/expression/code_point.h"

namespace sessionbroker::login {
namespace {

using secrets::WipedBytes;

// Half of a surrogate pair is no character; it becomes one that nobody looks for.
void AppendCodePoint(uint32_t code, WipedBytes& out) {
  std::string text;
  AppendUtf8(IsScalarValue(code) ? char32_t{code} : U'\uFFFD', &text);
  Append(text, out);
}

// The number in `digits`, all of them; at most Unicode's last code point.
std::optional<uint32_t> ParseCode(absl::string_view digits, int base) {
  if (digits.empty() || digits.size() > 8) return std::nullopt;
  uint32_t code = 0;
  for (const char digit : digits) {
    if (base == 16 ? !absl::ascii_isxdigit(digit) : !absl::ascii_isdigit(digit)) {
      return std::nullopt;
    }
    const uint32_t value = absl::ascii_isdigit(digit)
                               ? static_cast<uint32_t>(digit - '0')
                               : static_cast<uint32_t>(absl::ascii_tolower(digit) - 'a' + 10);
    code = code * static_cast<uint32_t>(base) + value;
    if (code > 0x10FFFF) return std::nullopt;
  }
  return code;
}

// "\uXXXX" at the beginning of `text`.
std::optional<uint32_t> ParseJsonUnicode(absl::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  return ParseCode(text.substr(2, 4), 16);
}

}  // namespace

WipedBytes DecodePercent(absl::string_view text, bool plus_is_space) {
  WipedBytes out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::optional<uint32_t> byte =
        text[i] == '%' && i + 2 < text.size() ? ParseCode(text.substr(i + 1, 2), 16) : std::nullopt;
    if (byte.has_value()) {
      out.push_back(static_cast<char>(*byte));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

WipedBytes DecodeJsonEscapes(absl::string_view text) {
  constexpr absl::string_view kNames = "bfnrt";
  constexpr absl::string_view kMeanings = "\b\f\n\r\t";
  WipedBytes out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (std::optional<uint32_t> code = ParseJsonUnicode(text)) {
      text.remove_prefix(6);
      const std::optional<uint32_t> low = ParseJsonUnicode(text);
      if (*code >= 0xD800 && *code < 0xDC00 && low.has_value() && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        text.remove_prefix(6);
      }
      AppendCodePoint(*code, out);
      continue;
    }
    if (text[0] == '\\' && text.size() > 1) {
      text.remove_prefix(1);
      const std::size_t name = kNames.find(text[0]);
      out.push_back(name == absl::string_view::npos ? text[0] : kMeanings[name]);
    } else {
      out.push_back(text[0]);
    }
    text.remove_prefix(1);
  }
  return out;
}

WipedBytes DecodeHtmlEntities(absl::string_view text) {
  constexpr std::size_t kLongestEntity = 10;
  constexpr std::pair<absl::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  WipedBytes out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = text.substr(0, kLongestEntity + 2).find(';');
    if (text[0] != '&' || end == absl::string_view::npos) {
      out.push_back(text[0]);
      text.remove_prefix(1);
      continue;
    }
    absl::string_view name = text.substr(1, end - 1);
    std::optional<uint32_t> code;
    if (absl::ConsumePrefix(&name, "#")) {
      const bool hex = absl::ConsumePrefix(&name, "x") || absl::ConsumePrefix(&name, "X");
      code = ParseCode(name, hex ? 16 : 10);
    } else {
      for (const auto& [known, character] : kNamed) {
        if (name == known) code = static_cast<uint32_t>(character);
      }
    }
    if (code.has_value()) {
      AppendCodePoint(*code, out);
    } else {
      Append(text.substr(0, end + 1), out);
    }
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace sessionbroker::login
