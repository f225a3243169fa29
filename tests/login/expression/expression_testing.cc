#include "tests/login/expression/expression_testing.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace sessionbroker::login {
namespace {

constexpr Type kTypes[] = {Type::kText, Type::kBytes,    Type::kInt,   Type::kBool,
                           Type::kTime, Type::kDuration, Type::kParams};
constexpr Taint kTaints[] = {Taint::kConstant, Taint::kFresh, Taint::kSealed, Taint::kRaw};

std::vector<std::string> Lines(const std::vector<ExpressionError>& errors) {
  std::vector<std::string> lines;
  for (const ExpressionError& error : errors) {
    lines.push_back(absl::StrCat(error.offset, ": ", error.message));
  }
  return lines;
}

// How tightly a node binds: the rule of the grammar that it is.
int LevelOf(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kChoice:
      return 0;
    case Node::Kind::kOr:
      return 1;
    case Node::Kind::kAnd:
      return 2;
    case Node::Kind::kChain:
      return node.operators[0] == Operator::kAdd || node.operators[0] == Operator::kSubtract ? 4
                                                                                             : 3;
    case Node::Kind::kNot:
    case Node::Kind::kNegate:
      return 5;
    default:
      // A number below zero is written with a sign.
      return node.literal.has_value() && node.literal->type() == Type::kInt &&
                     node.literal->int_value() < 0
                 ? 5
                 : 6;
  }
}

std::string UnparseAt(int level, const Node& node) {
  const std::string text = Unparse(node);
  return LevelOf(node) < level ? absl::StrCat("(", text, ")") : text;
}

}  // namespace

absl::Status FakeRandom::Fill(absl::Span<char> out) {
  for (char& byte : out) byte = static_cast<char>(engine_());
  return absl::OkStatus();
}

Scope TestScope() {
  Scope scope;
  for (const Type type : kTypes) {
    for (const Taint taint : kTaints) {
      scope.names[absl::StrCat(NameOf(taint), "_", NameOf(type))] = {type, taint, false};
    }
    scope.names[absl::StrCat("optional_", NameOf(type))] = {type, Taint::kFresh, true};
  }
  scope.names["token"] = {Type::kText, Taint::kFresh, false};
  scope.names["account.login"] = {Type::kText, Taint::kConstant, false};
  scope.names["secret.key"] = {Type::kText, Taint::kRaw, false};
  scope.later["challenge"] = "step \"getchallenge\"";
  return scope;
}

Bindings TestBindings() {
  Bindings bindings;
  for (const Taint taint : kTaints) {
    const std::string prefix = absl::StrCat(NameOf(taint), "_");
    bindings.emplace(prefix + "text", Value::Text(absl::StrCat("a ", NameOf(taint), " text")));
    bindings.emplace(prefix + "bytes", Value::Bytes(absl::StrCat(NameOf(taint), "\xff")));
    bindings.emplace(prefix + "int", Value::Int(1000 + static_cast<int>(taint)));
    bindings.emplace(prefix + "bool", Value::Bool(true));
    bindings.emplace(prefix + "time",
                     Value::Time(absl::FromUnixSeconds(1700000000 + static_cast<int>(taint))));
    bindings.emplace(prefix + "duration",
                     Value::Duration(absl::Seconds(60 + static_cast<int>(taint))));
    bindings.emplace(prefix + "params",
                     Value::Params({Param("taint", NameOf(taint)), Param("a b", "&")}));
  }
  bindings.emplace("token", Value::Text("6b01f41c2d2e6"));
  bindings.emplace("account.login", Value::Text("demo"));
  bindings.emplace("secret.key", Value::Text("uDFh1i0O56xBHJ9c"));
  return bindings;
}

std::vector<std::string> ErrorsOf(absl::string_view text) {
  std::vector<ExpressionError> errors;
  const bool ok = Expression::Compile(text, TestScope(), &errors).ok();
  if (ok != errors.empty()) return {"the status and the list of errors disagree"};
  return Lines(errors);
}

std::vector<std::string> TemplateErrorsOf(absl::string_view text) {
  std::vector<ExpressionError> errors;
  const bool ok = Template::Compile(text, TestScope(), &errors).ok();
  if (ok != errors.empty()) return {"the status and the list of errors disagree"};
  return Lines(errors);
}

std::string TaintOf(absl::string_view text) {
  std::vector<ExpressionError> errors;
  const absl::StatusOr<Expression> expression = Expression::Compile(text, TestScope(), &errors);
  if (!expression.ok()) return absl::StrJoin(Lines(errors), "\n");
  return std::string(NameOf(expression->taint()));
}

absl::StatusOr<Value> Evaluate(absl::string_view text) {
  std::vector<ExpressionError> errors;
  const absl::StatusOr<Expression> expression = Expression::Compile(text, TestScope(), &errors);
  if (!expression.ok()) return expression.status();
  return Evaluate(*expression, TestBindings());
}

absl::StatusOr<Value> Evaluate(const Expression& expression, const Bindings& bindings) {
  FakeRandom random;
  Evaluation evaluation(random);
  return expression.Evaluate(bindings, evaluation);
}

absl::StatusOr<Value> Evaluate(const Template& text, const Bindings& bindings) {
  FakeRandom random;
  Evaluation evaluation(random);
  return text.Evaluate(bindings, evaluation);
}

std::string Quote(absl::string_view text) {
  return absl::StrCat("\"", absl::Utf8SafeCEscape(text), "\"");
}

std::string Show(const Value& value) {
  switch (value.type()) {
    case Type::kText:
      return Quote(value.text());
    case Type::kBytes:
      return absl::StrCat("b\"", absl::CHexEscape(value.bytes()), "\"");
    case Type::kInt:
      return absl::StrCat(value.int_value());
    case Type::kBool:
      return value.bool_value() ? "true" : "false";
    case Type::kTime:
      return absl::StrCat("time(", absl::FormatTime(value.time(), absl::UTCTimeZone()), ")");
    case Type::kDuration:
      return absl::StrCat("duration(", absl::FormatDuration(value.duration()), ")");
    case Type::kParams:
      return absl::StrCat("params(",
                          absl::StrJoin(value.params(), ", ",
                                        [](std::string* out, const Param& param) {
                                          absl::StrAppend(out, Quote(param.name()), ": ",
                                                          Quote(param.value()));
                                        }),
                          ")");
  }
  return "";
}

std::string Show(const absl::StatusOr<Value>& value) {
  if (value.ok()) return Show(*value);
  return absl::StrCat(absl::StatusCodeToString(value.status().code()), ": ",
                      value.status().message());
}

std::string Unparse(const Node& node) {
  const auto join = [&node](absl::string_view op, int level) {
    std::string text = UnparseAt(level, *node.operands[0]);
    for (std::size_t i = 1; i < node.operands.size(); ++i) {
      absl::StrAppend(&text, " ", op, " ", UnparseAt(level, *node.operands[i]));
    }
    return text;
  };
  switch (node.kind) {
    case Node::Kind::kLiteral:
      return Show(*node.literal);
    case Node::Kind::kName:
      return node.name;
    case Node::Kind::kPresence:
      return absl::StrCat("has(", node.name, ")");
    case Node::Kind::kCall:
      return absl::StrCat(node.name, "(",
                          absl::StrJoin(node.operands, ", ",
                                        [](std::string* out, const auto& operand) {
                                          absl::StrAppend(out, Unparse(*operand));
                                        }),
                          ")");
    case Node::Kind::kNot:
    case Node::Kind::kNegate: {
      const Node& operand = *node.operands[0];
      const bool same_sign =
          operand.kind == node.kind || (node.kind == Node::Kind::kNegate && LevelOf(operand) == 5 &&
                                        operand.kind == Node::Kind::kLiteral);
      return absl::StrCat(node.kind == Node::Kind::kNot ? "!" : "-",
                          UnparseAt(same_sign ? 5 : 6, operand));
    }
    case Node::Kind::kAnd:
      return join("&&", 3);
    case Node::Kind::kOr:
      return join("||", 2);
    case Node::Kind::kChain: {
      const int level = LevelOf(node) + 1;
      std::string text = UnparseAt(level, *node.operands[0]);
      for (std::size_t i = 0; i < node.operators.size(); ++i) {
        absl::StrAppend(&text, " ", NameOf(node.operators[i]), " ",
                        UnparseAt(level, *node.operands[i + 1]));
      }
      return text;
    }
    case Node::Kind::kChoice:
      return absl::StrCat(UnparseAt(1, *node.operands[0]), " ? ", UnparseAt(1, *node.operands[1]),
                          " : ", UnparseAt(0, *node.operands[2]));
  }
  return "";
}

}  // namespace sessionbroker::login
