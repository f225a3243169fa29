#ifndef SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EXPRESSION_H_
#define SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EXPRESSION_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "service/login/expression/evaluation.h"
#include "service/login/expression/taint.h"
#include "service/login/expression/value.h"

namespace sessionbroker::login {

struct Node;  // An expression's tree, node.h.

// What an expression may name, and what is known of each name before anything runs.
struct Scope {
  struct Name {
    Type type = Type::kText;
    Taint taint = Taint::kConstant;
    // Can be missing at run time: only `has(NAME)` may look at it unguarded.
    bool optional = false;
  };
  // By full name: "token", "account.username", "secret.access_key". kFresh is for values that
  // whoever gives them promises to be new each time: what an answer gave but not, say, its HTTP
  // status.
  std::map<std::string, Name> names;
  // Names that exist but not yet, with where they come from, for a better message: "token" → "step
  // \"getchallenge\"".
  std::map<std::string, std::string> later;
  // Names that exist but not here, with why: "next.api" → "a probe has no numbers of sequences".
  std::map<std::string, std::string> elsewhere;
};

// The values of a scope's names in one run. A name without a value is missing.
using Bindings = std::map<std::string, Value>;

// A mistake in an expression: where in the text, and what.
struct ExpressionError {
  // Offset in bytes from the beginning of the text that was given.
  std::size_t offset = 0;
  // What was found, what was expected, the nearest name. Never a value.
  std::string message;
};

// A checked expression. Immutable, thread-safe, cheap to copy.
class Expression {
 public:
  // Parses and checks `text` (without `${` and `}`). Appends each mistake to `errors`; on none
  // returns the expression, otherwise INVALID_ARGUMENT with the first of them as its text.
  static absl::StatusOr<Expression> Compile(absl::string_view text, const Scope& scope,
                                            std::vector<ExpressionError>* errors);

  Type type() const { return type_; }
  Taint taint() const { return taint_; }
  // The full names that it looks at, those in `has(NAME)` too.
  const std::set<std::string>& names() const { return names_; }

  // Fails with INVALID_ARGUMENT for what cannot be known before: a missing optional value, text
  // that is no number, overflow, a value longer than kMaxValueSizeInBytes, more work than
  // `evaluation` has left; with INTERNAL where a binding has not the type that the scope promised,
  // or OpenSSL fails. The text says where and what, and names no value.
  absl::StatusOr<Value> Evaluate(const Bindings& bindings, Evaluation& evaluation) const;

 private:
  Expression(std::shared_ptr<const Node> root, Type type, Taint taint, std::set<std::string> names);

  std::shared_ptr<const Node> root_;
  Type type_;
  Taint taint_;
  std::set<std::string> names_;
};

// Text with `${expression}` in it; `$${` is a literal `${`. Immutable, thread-safe, cheap to copy.
class Template {
 public:
  // Empty text.
  Template() = default;

  // As Expression::Compile; offsets count in `text`.
  static absl::StatusOr<Template> Compile(absl::string_view text, const Scope& scope,
                                          std::vector<ExpressionError>* errors);

  // One whole `${…}`: the expression keeps its type.
  bool is_single_expression() const { return literal_only_ == false && parts_.size() == 1; }
  // The expression's type if is_single_expression(), else text.
  Type type() const { return type_; }
  // Of everything in it.
  Taint taint() const { return taint_; }

  // One piece: a literal, or an expression whose value goes there. Literals are not escaped by a
  // request builder, values are.
  struct Part {
    std::string literal;
    std::shared_ptr<const Expression> expression;  // nullptr: a literal.
  };
  absl::Span<const Part> parts() const { return parts_; }

  // The whole as one value: of type() if is_single_expression(); otherwise text, in which int is
  // written in decimal and bool as true or false (what has another type does not compile there).
  absl::StatusOr<Value> Evaluate(const Bindings& bindings, Evaluation& evaluation) const;

 private:
  std::vector<Part> parts_;
  bool literal_only_ = true;
  Type type_ = Type::kText;
  Taint taint_ = Taint::kConstant;
};

}  // namespace sessionbroker::login

#endif  // SESSIONBROKER_SERVICE_LOGIN_EXPRESSION_EXPRESSION_H_
