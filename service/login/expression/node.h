#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_NODE_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_NODE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/login/expression/value.h"

namespace sessionbroker::login {

struct Overload;  // Of a function, functions.h.

enum class Operator {
  kAdd,
  kSubtract,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
};

// "+", "==", …
const char* NameOf(Operator op);

// A part of an expression. The parser makes it, the checker fills in what it finds out, from then
// on it does not change.
struct Node {
  enum class Kind {
    kLiteral,
    kName,      // `name`, dots included.
    kPresence,  // has(name)
    kCall,      // name(operands…)
    kNot,       // !operands[0]
    kNegate,    // -operands[0]
    kChain,     // operands[0] operators[0] operands[1] operators[1] …, from left to right
    kAnd,       // operands[0] && operands[1] && …
    kOr,        // operands[0] || operands[1] || …
    kChoice,    // operands[0] ? operands[1] : operands[2]
  };

  Kind kind = Kind::kLiteral;
  // Where it begins in the expression's text, in bytes.
  std::size_t offset = 0;
  std::optional<Value> literal;
  std::string name;
  std::vector<std::unique_ptr<Node>> operands;
  std::vector<Operator> operators;
  // Where each of `operators` stands.
  std::vector<std::size_t> operator_offsets;

  // By the checker.
  Type type = Type::kText;
  const Overload* overload = nullptr;  // kCall; static.
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_NODE_H_
