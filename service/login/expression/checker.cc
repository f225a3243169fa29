#include "service/login/expression/checker.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "service/base/nearest_name.h"
#include "service/login/expression/functions.h"
#include "service/login/expression/operators.h"
#include "service/login/expression/time_functions.h"

namespace sessionbroker::login {
namespace {

// How to get from one type to another, for the end of a message; "" where no function does it.
std::string ConversionHint(Type from, Type to) {
  struct Row {
    Type from;
    Type to;
    const char* how;
  };
  static constexpr Row kRows[] = {
      {Type::kBytes, Type::kText, "hex(), base64() or utf8() makes text of bytes"},
      {Type::kText, Type::kBytes, "bytes() makes bytes of text"},
      {Type::kInt, Type::kText, "string() makes text of an int"},
      {Type::kBool, Type::kText, "string() makes text of a bool"},
      {Type::kText, Type::kInt, "int() makes an int of text"},
      {Type::kTime, Type::kInt, "unix() makes an int of a time"},
      {Type::kInt, Type::kTime, "timestamp() makes a time of an int"},
      {Type::kInt, Type::kDuration, "seconds() makes a duration of an int"},
      {Type::kTime, Type::kText, "rfc3339() and format_time() make text of a time"},
      {Type::kText, Type::kTime, "timestamp() and parse_time() make a time of text"},
      {Type::kParams, Type::kText, "join() makes text of params"},
      {Type::kText, Type::kParams, "param() makes params of a name and a value"},
  };
  for (const Row& row : kRows) {
    if (row.from == from && row.to == to) return absl::StrCat("; ", row.how);
  }
  return "";
}

std::string JoinTypes(const std::vector<Type>& types) {
  return absl::StrJoin(types, " or ",
                       [](std::string* out, Type type) { absl::StrAppend(out, NameOf(type)); });
}

void AddOnce(Type type, std::vector<Type>* types) {
  if (std::find(types->begin(), types->end(), type) == types->end()) types->push_back(type);
}

class Checker {
 public:
  Checker(const Scope& scope, std::vector<ExpressionError>* errors)
      : scope_(scope), errors_(errors) {}

  // Nothing: a mistake in it has been noted.
  std::optional<Flow> Visit(Node* node) {
    switch (node->kind) {
      case Node::Kind::kLiteral:
        node->type = node->literal->type();
        return Flow();
      case Node::Kind::kName:
        return VisitName(node);
      case Node::Kind::kPresence:
        return VisitPresence(node);
      case Node::Kind::kCall:
        return VisitCall(node);
      case Node::Kind::kNot:
        return VisitLogic(node, "!");
      case Node::Kind::kNegate:
        return VisitNegate(node);
      case Node::Kind::kChain:
        return VisitChain(node);
      case Node::Kind::kAnd:
        return VisitLogic(node, "&&");
      case Node::Kind::kOr:
        return VisitLogic(node, "||");
      case Node::Kind::kChoice:
        return VisitChoice(node);
    }
    return std::nullopt;
  }

 private:
  std::nullopt_t Fail(std::size_t offset, std::string message) {
    errors_->push_back(ExpressionError{offset, std::move(message)});
    return std::nullopt;
  }

  const Scope::Name* Find(const Node& node) {
    const auto known = scope_.names.find(node.name);
    if (known != scope_.names.end()) return &known->second;
    const auto later = scope_.later.find(node.name);
    if (later != scope_.later.end()) {
      Fail(node.offset, absl::StrCat("\"", node.name, "\" is extracted by ", later->second,
                                     ", which comes later"));
      return nullptr;
    }
    if (const auto elsewhere = scope_.elsewhere.find(node.name);
        elsewhere != scope_.elsewhere.end()) {
      Fail(node.offset, absl::StrCat("\"", node.name, "\" is not known here: ", elsewhere->second));
      return nullptr;
    }
    if (const Function* function = FindFunction(node.name); function != nullptr) {
      Fail(node.offset,
           absl::StrCat("\"", node.name, "\" is a function: ", SignatureOf(*function)));
      return nullptr;
    }
    if (node.name == "has") {
      Fail(node.offset, "\"has\" asks whether a value is there: has(NAME)");
      return nullptr;
    }
    std::vector<std::string> names;
    for (const auto& [name, unused] : scope_.names) names.push_back(name);
    Fail(node.offset, absl::StrCat("unknown name \"", node.name, "\"",
                                   base::Suggestion(node.name, names, "names here are")));
    return nullptr;
  }

  std::optional<Flow> VisitName(Node* node) {
    const Scope::Name* name = Find(*node);
    if (name == nullptr) return std::nullopt;
    node->type = name->type;
    return FlowOf(name->taint, name->type);
  }

  std::optional<Flow> VisitPresence(Node* node) {
    const Scope::Name* name = Find(*node);
    if (name == nullptr) return std::nullopt;
    if (!name->optional) {
      return Fail(node->offset, absl::StrCat("has(", node->name, "): \"", node->name,
                                             "\" is not optional, it is always there"));
    }
    node->type = Type::kBool;
    return FlowOfPresence();
  }

  // All operands, so that each of their mistakes is found.
  std::optional<std::vector<Flow>> VisitOperands(Node* node) {
    std::vector<Flow> flows;
    for (const auto& operand : node->operands) {
      if (const std::optional<Flow> flow = Visit(operand.get())) flows.push_back(*flow);
    }
    if (flows.size() != node->operands.size()) return std::nullopt;
    return flows;
  }

  std::optional<Flow> VisitCall(Node* node) {
    const Function* function = FindFunction(node->name);
    if (function == nullptr) FailUnknownFunction(*node);
    const std::optional<std::vector<Flow>> flows = VisitOperands(node);
    if (function == nullptr || !flows.has_value()) return std::nullopt;
    if (!ResolveOverload(*function, node)) return std::nullopt;
    const Flow flow = FlowOfCall(function->flow, *node, *flows);
    return node->type == Type::kBool ? Weakened(flow) : flow;
  }

  static Flow FlowOfCall(FlowRule rule, const Node& node, const std::vector<Flow>& flows) {
    // Those by their place of which `kept` holds, and beside them the others.
    const auto keeping = [&flows](auto kept) {
      Flow flow;
      for (std::size_t i = 0; i < flows.size(); ++i) {
        flow = Together(flow, kept(i) ? flows[i] : Weakened(flows[i]));
      }
      return flow;
    };
    switch (rule) {
      case FlowRule::kKeeps:
        return keeping([](std::size_t) { return true; });
      case FlowRule::kKeepsFirst:
        return keeping([](std::size_t i) { return i == 0; });
      case FlowRule::kKeepsLast:
        return keeping([&flows](std::size_t i) { return i + 1 == flows.size(); });
      case FlowRule::kKeepsTimeOfFormat: {
        const Node& format = *node.operands[1];
        const bool tells =
            format.kind == Node::Kind::kLiteral && TellsTheSecond(format.literal->text());
        return keeping([tells](std::size_t i) { return tells && i == 0; });
      }
      case FlowRule::kWeakens:
        break;
      case FlowRule::kDigests:
        return FlowOfDigest(node, flows);
      case FlowRule::kGenerates:
        return Generated(keeping([](std::size_t) { return false; }));
    }
    return keeping([](std::size_t) { return false; });
  }

  static Flow FlowOfDigest(const Node& node, const std::vector<Flow>& flows) {
    Flow data;
    Flow beside;
    for (std::size_t i = 0; i < flows.size(); ++i) {
      Flow& flow = node.operands[i]->type == Type::kInt ? beside : data;
      flow = Together(flow, flows[i]);
    }
    return Together(Digested(data), Weakened(beside));
  }

  void FailUnknownFunction(const Node& node) {
    const std::size_t dot = node.name.rfind('.');
    if (dot != std::string::npos) {
      const std::string last = node.name.substr(dot + 1);
      if (last == "has" || FindFunction(last) != nullptr) {
        Fail(node.offset, absl::StrCat("functions are not called on a value; write ", last, "(",
                                       node.name.substr(0, dot),
                                       node.operands.empty() || last == "has" ? ")" : ", …)"));
        return;
      }
    }
    std::vector<std::string> names = {"has"};
    for (const Function& function : Functions()) names.push_back(function.name);
    Fail(node.offset, absl::StrCat("unknown function \"", node.name, "\"",
                                   base::Suggestion(node.name, names, "functions are")));
  }

  bool ResolveOverload(const Function& function, Node* node) {
    const std::size_t count = node->operands.size();
    std::vector<const Overload*> candidates;
    for (const Overload& overload : function.overloads) {
      if (overload.parameters.size() == count) candidates.push_back(&overload);
    }
    if (candidates.empty()) {
      Fail(node->offset,
           absl::StrCat(function.name, "() does not take ", count,
                        count == 1 ? " argument" : " arguments", ": ", SignatureOf(function)));
      return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Type actual = node->operands[i]->type;
      std::vector<const Overload*> fitting;
      std::vector<Type> expected;
      for (const Overload* overload : candidates) {
        AddOnce(overload->parameters[i], &expected);
        if (overload->parameters[i] == actual) fitting.push_back(overload);
      }
      if (fitting.empty()) {
        Fail(node->operands[i]->offset,
             absl::StrCat("argument ", i + 1, " (", function.parameters[i], ") of ", function.name,
                          "() is ", NameOf(actual), ", expected ", JoinTypes(expected),
                          ConversionHint(actual, expected.front())));
        return false;
      }
      candidates = std::move(fitting);
    }
    node->overload = candidates.front();
    node->type = node->overload->result;
    return true;
  }

  std::optional<Flow> VisitLogic(Node* node, absl::string_view op) {
    std::optional<Flow> flow = Flow();
    for (const auto& operand : node->operands) {
      const std::optional<Flow> operand_flow = Visit(operand.get());
      if (!operand_flow.has_value()) {
        flow = std::nullopt;
      } else if (operand->type != Type::kBool) {
        flow = Fail(operand->offset,
                    absl::StrCat("\"", op, "\" expects bool, found ", NameOf(operand->type)));
      } else if (flow.has_value()) {
        flow = Weakened(Together(*flow, *operand_flow));
      }
    }
    node->type = Type::kBool;
    return flow;
  }

  std::optional<Flow> VisitNegate(Node* node) {
    const Node& operand = *node->operands[0];
    const std::optional<Flow> flow = Visit(node->operands[0].get());
    if (flow.has_value() && operand.type != Type::kInt) {
      return Fail(operand.offset,
                  absl::StrCat("the sign \"-\" expects int, found ", NameOf(operand.type),
                               ConversionHint(operand.type, Type::kInt)));
    }
    node->type = Type::kInt;
    return flow;
  }

  std::optional<Flow> VisitChain(Node* node) {
    const std::optional<std::vector<Flow>> flows = VisitOperands(node);
    if (!flows.has_value()) return std::nullopt;
    Type type = node->operands[0]->type;
    Flow flow = flows->front();
    for (std::size_t i = 0; i < node->operators.size(); ++i) {
      const Operator op = node->operators[i];
      const Type right = node->operands[i + 1]->type;
      const std::optional<Type> result = ResultOf(op, type, right);
      if (!result.has_value()) return FailOperator(node->operator_offsets[i], op, type, right);
      if (IsComparison(op)) {
        flow = Weakened(Together(flow, (*flows)[i + 1]));
      } else if (*result == Type::kText || *result == Type::kBytes || *result == Type::kParams) {
        flow = Together(flow, (*flows)[i + 1]);
      } else {
        flow = Arithmetic(flow, (*flows)[i + 1]);
      }
      type = *result;
    }
    node->type = type;
    return flow;
  }

  std::nullopt_t FailOperator(std::size_t offset, Operator op, Type left, Type right) {
    if (IsComparison(op) && left != right) {
      return Fail(offset,
                  absl::StrCat("\"", NameOf(op), "\" compares two of one type, found ",
                               NameOf(left), " and ", NameOf(right), ConversionHint(right, left)));
    }
    std::vector<Type> expected;
    for (const Type type : {Type::kText, Type::kBytes, Type::kInt, Type::kBool, Type::kTime,
                            Type::kDuration, Type::kParams}) {
      if (ResultOf(op, left, type).has_value()) expected.push_back(type);
    }
    if (expected.empty()) {
      return Fail(offset, absl::StrCat("\"", NameOf(op), "\" does not take ", NameOf(left)));
    }
    std::string hint = ConversionHint(right, expected.front());
    if (hint.empty()) hint = ConversionHint(left, right);
    return Fail(offset, absl::StrCat("\"", NameOf(op), "\" behind ", NameOf(left), " expects ",
                                     JoinTypes(expected), ", found ", NameOf(right), hint));
  }

  std::optional<Flow> VisitChoice(Node* node) {
    const std::optional<std::vector<Flow>> flows = VisitOperands(node);
    if (!flows.has_value()) return std::nullopt;
    const Node& condition = *node->operands[0];
    const Node& yes = *node->operands[1];
    const Node& no = *node->operands[2];
    if (condition.type != Type::kBool) {
      return Fail(condition.offset, absl::StrCat("the condition before \"?\" is ",
                                                 NameOf(condition.type), ", expected bool"));
    }
    if (yes.type != no.type) {
      return Fail(no.offset,
                  absl::StrCat("\"?:\" gives one type, found ", NameOf(yes.type), " and ",
                               NameOf(no.type), ConversionHint(no.type, yes.type)));
    }
    node->type = yes.type;
    return Choice((*flows)[0], (*flows)[1], (*flows)[2]);
  }

  const Scope& scope_;
  std::vector<ExpressionError>* const errors_;
};

}  // namespace

Flow Check(const Scope& scope, Node* root, std::vector<ExpressionError>* errors) {
  return Checker(scope, errors).Visit(root).value_or(Flow());
}

}  // namespace sessionbroker::login
