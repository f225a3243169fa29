#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LEXER_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LEXER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace sessionbroker::login {

enum class TokenKind {
  kEnd,
  kIdentifier,
  kInt,
  kText,
  kOperator,    // + - ! && || == != < <= > >= ? : ( ) , .
  kRightBrace,  // Ends an expression that stands in a template.
  kInvalid,     // No token; `error` says why.
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  // Where it begins, in bytes from the beginning of the lexer's text.
  std::size_t offset = 0;
  // As written.
  absl::string_view source;
  // kText: what the literal stands for, escapes resolved.
  std::string text;
  // kInvalid: what is wrong, and where exactly.
  std::string error;
  std::size_t error_offset = 0;
};

// Splits an expression into tokens. Ends at the end of the text; knows text literals, so that a `}`
// in one does not end an expression of a template. After a kInvalid token it goes on behind it.
class Lexer {
 public:
  // Begins at `offset`. `text` must be UTF-8 and outlive the lexer and its tokens.
  explicit Lexer(absl::string_view text, std::size_t offset = 0) : text_(text), at_(offset) {}

  Token Next();

 private:
  Token Invalid(std::size_t begin, std::size_t end, std::size_t error_offset, std::string error);
  Token NextNumber();
  Token NextText();

  absl::string_view text_;
  std::size_t at_;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_LEXER_H_
