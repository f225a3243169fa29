#include "service/login/expression/lexer.h"

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/login/expression/code_point.h"

namespace sessionbroker::login {
namespace {

bool IsIdentifierStart(char c) { return absl::ascii_isalpha(c) || c == '_'; }
bool IsIdentifierPart(char c) { return absl::ascii_isalnum(c) || c == '_'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

// Longer ones first.
constexpr absl::string_view kOperators[] = {"&&", "||", "==", "!=", "<=", ">=", "+", "-", "!",
                                            "<",  ">",  "?",  ":",  "(",  ")",  ",", "."};

// Why a character begins no token: CEL or a habit might suggest that it does.
std::string WhyNot(absl::string_view character) {
  switch (character.front()) {
    case '=':
      return "\"=\" is no operator; equality is \"==\"";
    case '&':
      return "\"&\" is no operator; and is \"&&\"";
    case '|':
      return "\"|\" is no operator; or is \"||\"";
    case '*':
    case '/':
    case '%':
    case '[':
    case ']':
    case '{':
      return absl::StrCat("\"", character, "\" is not part of this language");
    default:
      return static_cast<unsigned char>(character.front()) >= 0x20
                 ? absl::StrCat("unexpected character \"", character, "\"")
                 : absl::StrCat("unexpected control character 0x",
                                absl::Hex(character.front(), absl::kZeroPad2));
  }
}

// The escapes of CEL that stand for one character each; 0 where `c` is none of them.
char SimpleEscape(char c) {
  switch (c) {
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    case '\\':
    case '?':
    case '"':
    case '\'':
    case '`':
      return c;
    default:
      return 0;
  }
}

// Takes one escape, `rest` beginning with its backslash. Returns what is wrong with it, or "".
std::string ConsumeEscape(absl::string_view* rest, std::string* out) {
  rest->remove_prefix(1);
  if (rest->empty()) return "";  // The literal has no end: said elsewhere.
  const char kind = rest->front();
  if (const char simple = SimpleEscape(kind); simple != 0) {
    out->push_back(simple);
    rest->remove_prefix(1);
    return "";
  }
  const bool octal = kind >= '0' && kind <= '3';
  std::size_t digit_count = 3;
  if (!octal) {
    if (kind == 'x' || kind == 'X') {
      digit_count = 2;
    } else if (kind == 'u') {
      digit_count = 4;
    } else if (kind == 'U') {
      digit_count = 8;
    } else {
      return "unknown escape; a backslash is written \\\\";
    }
    rest->remove_prefix(1);
  }
  uint32_t code_point = 0;
  for (std::size_t i = 0; i < digit_count; ++i) {
    const char c = rest->empty() ? '\0' : rest->front();
    const bool is_digit = octal ? c >= '0' && c <= '7' : absl::ascii_isxdigit(c);
    if (!is_digit) {
      return octal
                 ? "an octal escape has three digits, \\000 to \\377"
                 : absl::StrCat("\\", std::string(1, kind), " wants ", digit_count, " hex digits");
    }
    const int value = absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
    code_point = code_point * (octal ? 8 : 16) + static_cast<uint32_t>(value);
    rest->remove_prefix(1);
  }
  if (!IsScalarValue(code_point)) return "the escape names no Unicode character";
  AppendUtf8(code_point, out);
  return "";
}

}  // namespace

Token Lexer::Invalid(std::size_t begin, std::size_t end, std::size_t error_offset,
                     std::string error) {
  at_ = end;
  return Token{.kind = TokenKind::kInvalid,
               .offset = begin,
               .source = text_.substr(begin, end - begin),
               .text = "",
               .error = std::move(error),
               .error_offset = error_offset};
}

Token Lexer::Next() {
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  Token token;
  token.offset = at_;
  if (at_ >= text_.size()) return token;
  const char c = text_[at_];
  if (c == '"' || c == '\'') return NextText();
  if (absl::ascii_isdigit(c)) return NextNumber();
  std::size_t end = at_;
  if (IsIdentifierStart(c)) {
    while (end < text_.size() && IsIdentifierPart(text_[end])) ++end;
    token.kind = TokenKind::kIdentifier;
    if (end < text_.size() && (text_[end] == '"' || text_[end] == '\'')) {
      return Invalid(at_, end, at_,
                     absl::StrCat("text literals have no prefix: \"", text_.substr(at_, end - at_),
                                  "\" is not part of this language"));
    }
  } else if (c == '}') {
    end = at_ + 1;
    token.kind = TokenKind::kRightBrace;
  } else {
    for (const absl::string_view op : kOperators) {
      if (text_.substr(at_, op.size()) == op) {
        end = at_ + op.size();
        token.kind = TokenKind::kOperator;
        break;
      }
    }
    if (end == at_) {
      absl::string_view rest = text_.substr(at_);
      TakeCodePoint(&rest);
      end = text_.size() - rest.size();
      return Invalid(at_, end, at_, WhyNot(text_.substr(at_, end - at_)));
    }
  }
  token.source = text_.substr(at_, end - at_);
  at_ = end;
  return token;
}

Token Lexer::NextNumber() {
  const std::size_t begin = at_;
  std::size_t end = begin;
  while (end < text_.size() && IsIdentifierPart(text_[end])) ++end;
  absl::string_view source = text_.substr(begin, end - begin);
  if (end + 1 < text_.size() && text_[end] == '.' && absl::ascii_isdigit(text_[end + 1])) {
    ++end;
    while (end < text_.size() && IsIdentifierPart(text_[end])) ++end;
    return Invalid(begin, end, begin, "numbers with a fraction are not part of this language");
  }
  absl::string_view digits = source;
  const bool hex = digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
  if (hex) digits.remove_prefix(2);
  for (const char digit : digits) {
    if (hex ? !absl::ascii_isxdigit(digit) : !absl::ascii_isdigit(digit)) {
      return Invalid(begin, end, begin, absl::StrCat("\"", source, "\" is no integer"));
    }
  }
  at_ = end;
  Token token;
  token.kind = TokenKind::kInt;
  token.offset = begin;
  token.source = source;
  return token;
}

Token Lexer::NextText() {
  const std::size_t begin = at_;
  const char quote = text_[begin];
  absl::string_view rest = text_.substr(begin + 1);
  if (rest.size() >= 2 && rest[0] == quote && rest[1] == quote) {
    return Invalid(begin, begin + 3, begin, "text in triple quotes is not part of this language");
  }
  Token token;
  token.kind = TokenKind::kText;
  token.offset = begin;
  // The first mistake inside counts; the literal's end is looked for all the same.
  const auto fail = [&](std::size_t offset, std::string error) {
    if (token.error.empty()) {
      token.error = std::move(error);
      token.error_offset = offset;
    }
  };
  while (!rest.empty() && rest.front() != quote && rest.front() != '\n' && rest.front() != '\r') {
    const std::size_t offset = text_.size() - rest.size();
    if (rest.front() == '\\') {
      if (std::string error = ConsumeEscape(&rest, &token.text); !error.empty()) {
        fail(offset, std::move(error));
      }
      continue;
    }
    token.text.push_back(rest.front());
    rest.remove_prefix(1);
  }
  const std::size_t end = text_.size() - rest.size();
  if (rest.empty() || rest.front() != quote) {
    return Invalid(begin, text_.size(), begin,
                   rest.empty() ? "the text literal has no end"
                                : "the text literal has no end on its line; a line break is \\n");
  }
  if (!token.error.empty()) {
    return Invalid(begin, end + 1, token.error_offset, std::move(token.error));
  }
  token.source = text_.substr(begin, end + 1 - begin);
  at_ = end + 1;
  return token;
}

}  // namespace sessionbroker::login
