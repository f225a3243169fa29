#include "service/login/expression/utf8.h"

namespace sessionbroker::login {

std::size_t ConsumeCodePoint(absl::string_view* text, char32_t* code_point) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>((*text)[i]); };
  const unsigned char first = byte(0);
  // RFC 3629, section 4: the first byte gives the length and bounds the second.
  std::size_t size = 1;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  char32_t value = first;
  if (first >= 0xc2 && first <= 0xdf) {
    size = 2;
    value = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    size = 3;
    value = first & 0x0f;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    size = 4;
    value = first & 0x07;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  } else if (first >= 0x80) {
    return 0;
  }
  if (text->size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if (byte(i) < low || byte(i) > high) return 0;
    low = 0x80;
    high = 0xbf;
    value = value << 6 | (byte(i) & 0x3f);
  }
  text->remove_prefix(size);
  *code_point = value;
  return size;
}

bool IsUtf8(absl::string_view text) {
  char32_t code_point = 0;
  while (!text.empty()) {
    if (ConsumeCodePoint(&text, &code_point) == 0) return false;
  }
  return true;
}

bool IsScalarValue(uint32_t code_point) {
  return code_point <= 0x10ffff && (code_point < 0xd800 || code_point > 0xdfff);
}

void AppendUtf8(char32_t code_point, std::string* out) {
  const auto append = [out](uint32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | code_point >> 6);
    append(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    append(0xe0 | code_point >> 12);
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  } else {
    append(0xf0 | code_point >> 18);
    append(0x80 | (code_point >> 12 & 0x3f));
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  }
}

}  // namespace sessionbroker::login
