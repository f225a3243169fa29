#include "service/login/expression/parser.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/utf8.h"
#include "service/login/expression/lexer.h"
#include "service/login/expression/limits.h"

namespace sessionbroker::login {

const char* NameOf(Operator op) {
  switch (op) {
    case Operator::kAdd:
      return "+";
    case Operator::kSubtract:
      return "-";
    case Operator::kEqual:
      return "==";
    case Operator::kNotEqual:
      return "!=";
    case Operator::kLess:
      return "<";
    case Operator::kLessOrEqual:
      return "<=";
    case Operator::kGreater:
      return ">";
    case Operator::kGreaterOrEqual:
      return ">=";
  }
  return "";
}

namespace {

constexpr Operator kSums[] = {Operator::kAdd, Operator::kSubtract};
constexpr Operator kRelations[] = {Operator::kEqual,   Operator::kNotEqual,
                                   Operator::kLess,    Operator::kLessOrEqual,
                                   Operator::kGreater, Operator::kGreaterOrEqual};

// CEL's: none of these can be a name, the first four not even behind a dot.
constexpr absl::string_view kKeywords[] = {"true", "false", "null", "in"};
constexpr absl::string_view kReserved[] = {
    "as",  "break", "const",     "continue", "else",   "for", "function", "if",   "import",
    "let", "loop",  "namespace", "package",  "return", "var", "void",     "while"};

template <typename List>
bool Contains(const List& list, absl::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

using NodePtr = std::unique_ptr<Node>;

// Recursive descent, one method a rule of the grammar. nullptr: a mistake has been noted.
class Parser {
 public:
  Parser(absl::string_view text, std::vector<ExpressionError>* errors)
      : lexer_(text), errors_(errors) {
    Advance();
  }

  NodePtr ParseAll() {
    NodePtr root = ParseExpression();
    if (root != nullptr && token_.kind != TokenKind::kEnd) {
      return Fail(absl::StrCat("expected an operator or the end, found ", Found()));
    }
    return root;
  }

 private:
  // One level of nesting, for as long as it lives.
  class Level {
   public:
    explicit Level(std::size_t* depth) : depth_(depth) { ++*depth_; }
    ~Level() { --*depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    std::size_t* const depth_;
  };

  void Advance() { token_ = lexer_.Next(); }

  bool At(absl::string_view op) const {
    return token_.kind == TokenKind::kOperator && token_.source == op;
  }

  bool Take(absl::string_view op) {
    if (!At(op)) return false;
    Advance();
    return true;
  }

  template <std::size_t kCount>
  std::optional<Operator> AtOneOf(const Operator (&operators)[kCount]) const {
    for (const Operator op : operators) {
      if (At(NameOf(op))) return op;
    }
    return std::nullopt;
  }

  std::string Found() const {
    constexpr std::size_t kShown = 40;
    if (token_.kind == TokenKind::kEnd) return "the end";
    if (token_.kind == TokenKind::kText) return "a text literal";
    return absl::StrCat("\"", token_.source.substr(0, kShown),
                        token_.source.size() > kShown ? "…\"" : "\"");
  }

  NodePtr Fail(std::string message) { return FailAt(token_.offset, std::move(message)); }

  // A token that is none explains itself better than what was expected in its place.
  NodePtr FailAt(std::size_t offset, std::string message) {
    if (token_.kind == TokenKind::kInvalid) {
      errors_->push_back(ExpressionError{token_.error_offset, token_.error});
    } else {
      errors_->push_back(ExpressionError{offset, std::move(message)});
    }
    return nullptr;
  }

  NodePtr New(Node::Kind kind, std::size_t offset) {
    if (++node_count_ > kMaxExpressionNodes) {
      errors_->push_back(ExpressionError{
          offset, absl::StrCat("the expression has more than ", kMaxExpressionNodes, " parts")});
      return nullptr;
    }
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->offset = offset;
    return node;
  }

  bool TooDeep() {
    if (depth_ <= kMaxExpressionDepth) return false;
    Fail(absl::StrCat("the expression is nested more than ", kMaxExpressionDepth, " deep"));
    return true;
  }

  // expression = or [ "?" or ":" expression ]
  NodePtr ParseExpression() {
    const Level level(&depth_);
    if (TooDeep()) return nullptr;
    NodePtr condition = ParseOr();
    if (condition == nullptr || !At("?")) return condition;
    const std::size_t question = token_.offset;
    Advance();
    NodePtr yes = ParseOr();
    if (yes == nullptr) return nullptr;
    if (!Take(":")) {
      return Fail(
          absl::StrCat("expected \":\" for the \"?\" at offset ", question, ", found ", Found()));
    }
    NodePtr no = ParseExpression();
    if (no == nullptr) return nullptr;
    NodePtr node = New(Node::Kind::kChoice, condition->offset);
    if (node == nullptr) return nullptr;
    node->operands.push_back(std::move(condition));
    node->operands.push_back(std::move(yes));
    node->operands.push_back(std::move(no));
    return node;
  }

  // or = and { "||" and }
  NodePtr ParseOr() { return ParseLogic("||", Node::Kind::kOr, &Parser::ParseAnd); }

  // and = relation { "&&" relation }
  NodePtr ParseAnd() { return ParseLogic("&&", Node::Kind::kAnd, &Parser::ParseRelation); }

  NodePtr ParseLogic(absl::string_view op, Node::Kind kind, NodePtr (Parser::*parse_operand)()) {
    NodePtr first = (this->*parse_operand)();
    if (first == nullptr || !At(op)) return first;
    NodePtr node = New(kind, first->offset);
    if (node == nullptr) return nullptr;
    node->operands.push_back(std::move(first));
    while (Take(op)) {
      NodePtr next = (this->*parse_operand)();
      if (next == nullptr) return nullptr;
      node->operands.push_back(std::move(next));
    }
    return node;
  }

  // relation = sum { relation-operator sum }
  NodePtr ParseRelation() { return ParseChain(kRelations, &Parser::ParseSum); }

  // sum = unary { ( "+" | "-" ) unary }
  NodePtr ParseSum() { return ParseChain(kSums, &Parser::ParseUnary); }

  template <std::size_t kCount>
  NodePtr ParseChain(const Operator (&operators)[kCount], NodePtr (Parser::*parse_operand)()) {
    NodePtr first = (this->*parse_operand)();
    if (first == nullptr || !AtOneOf(operators).has_value()) return first;
    NodePtr node = New(Node::Kind::kChain, first->offset);
    if (node == nullptr) return nullptr;
    node->operands.push_back(std::move(first));
    while (const std::optional<Operator> op = AtOneOf(operators)) {
      node->operators.push_back(*op);
      node->operator_offsets.push_back(token_.offset);
      Advance();
      NodePtr next = (this->*parse_operand)();
      if (next == nullptr) return nullptr;
      node->operands.push_back(std::move(next));
    }
    return node;
  }

  // unary = primary | "!" { "!" } primary | "-" { "-" } primary
  NodePtr ParseUnary() {
    if (At("!")) return ParseSigns("!", Node::Kind::kNot);
    if (At("-")) return ParseSigns("-", Node::Kind::kNegate);
    return ParsePrimary();
  }

  NodePtr ParseSigns(absl::string_view sign, Node::Kind kind) {
    const Level level(&depth_);
    if (TooDeep()) return nullptr;
    const std::size_t offset = token_.offset;
    Advance();
    // The sign next to a number is a part of it: the lowest int has no positive counterpart.
    if (kind == Node::Kind::kNegate && token_.kind == TokenKind::kInt) {
      return ParseInt(/*negative=*/true, offset);
    }
    NodePtr operand = At(sign) ? ParseSigns(sign, kind) : ParsePrimary();
    if (operand == nullptr) return nullptr;
    NodePtr node = New(kind, offset);
    if (node == nullptr) return nullptr;
    node->operands.push_back(std::move(operand));
    return node;
  }

  NodePtr ParseInt(bool negative, std::size_t offset) {
    absl::string_view digits = token_.source;
    const bool hex = digits.size() > 2 && (digits[1] == 'x' || digits[1] == 'X');
    if (hex) digits.remove_prefix(2);
    const uint64_t limit =
        uint64_t{std::numeric_limits<int64_t>::max()} + (negative ? uint64_t{1} : uint64_t{0});
    const uint64_t base = hex ? 16 : 10;
    uint64_t magnitude = 0;
    for (const char c : digits) {
      const uint64_t digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
      if (magnitude > (limit - digit) / base) {
        return FailAt(offset, absl::StrCat("\"", negative ? "-" : "", token_.source,
                                           "\" does not fit an int (64 bits)"));
      }
      magnitude = magnitude * base + digit;
    }
    NodePtr node = New(Node::Kind::kLiteral, offset);
    if (node == nullptr) return nullptr;
    // Two's complement: right for the lowest int too.
    node->literal = Value::Int(static_cast<int64_t>(negative ? -magnitude : magnitude));
    Advance();
    return node;
  }

  // primary = int | text | "true" | "false" | "(" expression ")" | name | name "(" arguments ")"
  NodePtr ParsePrimary() {
    const std::size_t offset = token_.offset;
    if (token_.kind == TokenKind::kInt) return ParseInt(/*negative=*/false, offset);
    if (token_.kind == TokenKind::kText) {
      NodePtr node = New(Node::Kind::kLiteral, offset);
      if (node == nullptr) return nullptr;
      node->literal = Value::Text(token_.text);
      Advance();
      return node;
    }
    if (token_.kind == TokenKind::kIdentifier) return ParseNamed();
    if (Take("(")) {
      NodePtr inner = ParseExpression();
      if (inner != nullptr && !Take(")")) return FailUnclosed(offset);
      return inner;
    }
    return Fail(absl::StrCat("expected a value, found ", Found()));
  }

  NodePtr FailUnclosed(std::size_t parenthesis) {
    return Fail(
        absl::StrCat("expected \")\" for the \"(\" at offset ", parenthesis, ", found ", Found()));
  }

  // true, false, name, has(name) or a call.
  NodePtr ParseNamed() {
    const std::size_t offset = token_.offset;
    if (token_.source == "true" || token_.source == "false") {
      NodePtr node = New(Node::Kind::kLiteral, offset);
      if (node == nullptr) return nullptr;
      node->literal = Value::Bool(token_.source == "true");
      Advance();
      return node;
    }
    std::string name;
    if (!ParseName(&name)) return nullptr;
    const std::size_t parenthesis = token_.offset;
    if (!Take("(")) {
      NodePtr node = New(Node::Kind::kName, offset);
      if (node != nullptr) node->name = std::move(name);
      return node;
    }
    if (name == "has") return ParsePresence(offset, parenthesis);
    return ParseArguments(offset, parenthesis, std::move(name));
  }

  // name = identifier { "." identifier }
  bool ParseName(std::string* name) {
    if (Contains(kKeywords, token_.source) || Contains(kReserved, token_.source)) {
      Fail(absl::StrCat("\"", token_.source, "\" is a reserved word, it cannot be a name"));
      return false;
    }
    *name = std::string(token_.source);
    Advance();
    while (Take(".")) {
      if (token_.kind != TokenKind::kIdentifier || Contains(kKeywords, token_.source)) {
        Fail(absl::StrCat("expected a name behind \"", *name, ".\", found ", Found()));
        return false;
      }
      absl::StrAppend(name, ".", token_.source);
      Advance();
    }
    return true;
  }

  NodePtr ParsePresence(std::size_t offset, std::size_t parenthesis) {
    if (token_.kind != TokenKind::kIdentifier || Contains(kKeywords, token_.source)) {
      return Fail(absl::StrCat("has() takes a name, found ", Found()));
    }
    std::string name;
    if (!ParseName(&name)) return nullptr;
    if (!Take(")")) {
      return Fail(
          absl::StrCat("has() takes one name and nothing else: expected \")\" for the "
                       "\"(\" at offset ",
                       parenthesis, ", found ", Found()));
    }
    NodePtr node = New(Node::Kind::kPresence, offset);
    if (node != nullptr) node->name = std::move(name);
    return node;
  }

  NodePtr ParseArguments(std::size_t offset, std::size_t parenthesis, std::string name) {
    NodePtr node = New(Node::Kind::kCall, offset);
    if (node == nullptr) return nullptr;
    node->name = std::move(name);
    if (Take(")")) return node;
    do {
      NodePtr argument = ParseExpression();
      if (argument == nullptr) return nullptr;
      node->operands.push_back(std::move(argument));
    } while (Take(","));
    if (!Take(")")) return FailUnclosed(parenthesis);
    return node;
  }

  Lexer lexer_;
  Token token_;
  std::vector<ExpressionError>* const errors_;
  std::size_t depth_ = 0;
  std::size_t node_count_ = 0;
};

}  // namespace

std::unique_ptr<Node> Parse(absl::string_view text, std::vector<ExpressionError>* errors) {
  if (text.size() > kMaxExpressionSizeInBytes) {
    errors->push_back(
        ExpressionError{kMaxExpressionSizeInBytes,
                        absl::StrCat("an expression has at most ", kMaxExpressionSizeInBytes,
                                     " bytes, this has ", text.size())});
    return nullptr;
  }
  if (const std::size_t valid = base::ValidUtf8Prefix(text); valid != text.size()) {
    errors->push_back(ExpressionError{valid, "the text is not UTF-8"});
    return nullptr;
  }
  return Parser(text, errors).ParseAll();
}

}  // namespace sessionbroker::login
