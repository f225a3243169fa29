#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/status_macros.h"
#include "service/base/utf8.h"
#include "service/login/expression/expression.h"
#include "service/login/expression/lexer.h"
#include "service/login/expression/text_functions.h"
#include "service/secrets/wiped_bytes.h"

namespace sessionbroker::login {
namespace {

constexpr absl::string_view kOpening = "${";
constexpr absl::string_view kEscapedOpening = "$${";

// A template cut up, not yet checked.
struct Piece {
  bool is_expression = false;
  // Where the text, or what stands between `${` and `}`, begins in the template.
  std::size_t offset = 0;
  std::string text;
};

// The offset of the `}` that ends the expression which begins at `offset`.
std::optional<std::size_t> FindEnd(absl::string_view text, std::size_t offset,
                                   ExpressionError* error) {
  Lexer lexer(text, offset);
  while (true) {
    const Token token = lexer.Next();
    switch (token.kind) {
      case TokenKind::kRightBrace:
        return token.offset;
      case TokenKind::kEnd:
        *error = {offset - kOpening.size(), "\"${\" without its \"}\""};
        return std::nullopt;
      case TokenKind::kInvalid:
        // A text literal without an end reaches to the end of the template.
        if (token.offset + token.source.size() == text.size()) {
          *error = {token.error_offset, token.error};
          return std::nullopt;
        }
        break;
      default:
        break;
    }
  }
}

// Up to the first expression without an end, which is a mistake.
std::vector<Piece> Split(absl::string_view text, std::vector<ExpressionError>* errors) {
  std::vector<Piece> pieces;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.substr(at, kOpening.size()) == kOpening) {
      const std::size_t begin = at + kOpening.size();
      ExpressionError error;
      const std::optional<std::size_t> end = FindEnd(text, begin, &error);
      if (!end.has_value()) {
        errors->push_back(std::move(error));
        return pieces;
      }
      pieces.push_back({true, begin, std::string(text.substr(begin, *end - begin))});
      at = *end + 1;
      continue;
    }
    if (pieces.empty() || pieces.back().is_expression) pieces.push_back({false, at, ""});
    if (text.substr(at, kEscapedOpening.size()) == kEscapedOpening) {
      absl::StrAppend(&pieces.back().text, kOpening);
      at += kEscapedOpening.size();
    } else {
      pieces.back().text.push_back(text[at]);
      ++at;
    }
  }
  return pieces;
}

// Why a value of this type cannot stand inside text; "" if it can.
absl::string_view WhyNotInText(Type type) {
  switch (type) {
    case Type::kText:
    case Type::kInt:
    case Type::kBool:
      return "";
    case Type::kBytes:
      return "bytes cannot stand inside text; hex(), base64() or utf8() makes text of them";
    case Type::kTime:
      return "a time cannot stand inside text; unix() makes an int of it";
    case Type::kDuration:
      return "a duration cannot stand inside text";
    case Type::kParams:
      return "parameters cannot stand inside text; join() makes text of them";
  }
  return "";
}

absl::StatusOr<Value> AsText(const Value& value) {
  if (value.type() == Type::kInt) return IntToText({&value, 1});
  if (value.type() == Type::kBool) return BoolToText({&value, 1});
  return value;
}

}  // namespace

absl::StatusOr<Template> Template::Compile(absl::string_view text, const Scope& scope,
                                           std::vector<ExpressionError>* errors) {
  std::vector<ExpressionError> found;
  std::vector<Piece> pieces;
  if (const std::size_t valid = base::ValidUtf8Prefix(text); valid == text.size()) {
    pieces = Split(text, &found);
  } else {
    found.push_back({valid, "the text is not UTF-8"});
  }
  Template result;
  for (const Piece& piece : pieces) {
    if (!piece.is_expression) {
      result.parts_.push_back({piece.text, nullptr});
      continue;
    }
    result.literal_only_ = false;
    std::vector<ExpressionError> in_expression;
    absl::StatusOr<Expression> expression = Expression::Compile(piece.text, scope, &in_expression);
    for (ExpressionError& error : in_expression) {
      found.push_back({piece.offset + error.offset, std::move(error.message)});
    }
    if (!expression.ok()) continue;
    const absl::string_view why_not = pieces.size() > 1 ? WhyNotInText(expression->type()) : "";
    if (!why_not.empty()) found.push_back({piece.offset, std::string(why_not)});
    if (pieces.size() == 1) result.type_ = expression->type();
    result.taint_ = Join(result.taint_, expression->taint());
    result.parts_.push_back({"", std::make_shared<const Expression>(*std::move(expression))});
  }
  if (found.empty()) return result;
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.offset < b.offset; });
  absl::Status status = absl::InvalidArgumentError(
      absl::StrCat("offset ", found.front().offset, ": ", found.front().message));
  errors->insert(errors->end(), std::make_move_iterator(found.begin()),
                 std::make_move_iterator(found.end()));
  return status;
}

absl::StatusOr<Value> Template::Evaluate(const Bindings& bindings, Evaluation& evaluation) const {
  if (is_single_expression()) return parts_[0].expression->Evaluate(bindings, evaluation);
  secrets::WipedBytes out;
  for (const Part& part : parts_) {
    if (part.expression == nullptr) {
      out.insert(out.end(), part.literal.begin(), part.literal.end());
      continue;
    }
    SB_ASSIGN_OR_RETURN(const Value value, part.expression->Evaluate(bindings, evaluation));
    SB_ASSIGN_OR_RETURN(const Value text, AsText(value));
    if (out.size() + text.text().size() > kMaxValueSizeInBytes) {
      return absl::InvalidArgumentError(absl::StrCat("a value has at most ", kMaxValueSizeInBytes,
                                                     " bytes, this has ",
                                                     out.size() + text.text().size()));
    }
    out.insert(out.end(), text.text().begin(), text.text().end());
  }
  return Value::Text(std::move(out));
}

}  // namespace sessionbroker::login
