// Whatever stands in a definition, compiling and evaluating it ends, touches no memory that it
// should not (with the sanitizers), and keeps the promises that taint makes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/login/expression/checker.h"
#include "service/login/expression/evaluator.h"
#include "service/login/expression/function_call.h"
#include "service/login/expression/functions.h"
#include "service/login/expression/operators.h"
#include "service/login/expression/parser.h"
#include "tests/login/expression/expression_testing.h"

namespace sessionbroker::login {
namespace {

const char* const kSeeds[] = {
    "${hex(md5(token + secret.key))}",
    "a$${b}${upper(hex(hmac_sha256(secret.key, string(fresh_int) + account.login)))}c",
    R"(${has(optional_text) ? optional_text : "\x41\u00e9\U0001F600\101'" + 'a"}'})",
    "${fresh_int - -1 >= 0x7f && !(fresh_bool || token != \"\") ? seconds(60) : fresh_duration}",
    "${substring(token, 1, 4) + replace(token, \"6\", \"žž\") + column(token, \"b\", 1)}",
    "${rfc3339(timestamp(\"2003-12-15T14:43:07.5+01:00\") + milliseconds(-5))}",
    "${base64url(from_base64(base64(utf16le(percent(token)))) + from_hex(hex(raw_bytes)))}",
    "${int(\"-9223372036854775808\") + size(utf8(bytes(lower(\"ŽLUŤ\"))))}",
    R"(${join(sort_by_name(drop_empty(percent(param(token, "1") + fresh_params))), "=", "&")})",
    R"(${hex(pbkdf2_sha256(secret.key, token, 10, 16)) + md5_hex(random_uuid(), 9)})",
    R"(${random_text("0123456789", 8) + group(token, 2, ":")})",
    R"(${format_time(parse_time("15 Dec 2003", "%d %b %Y"), "%E3S%F%T")})",
};

const char* const kPieces[] = {"${",    "$${",
                               "}",     "(",
                               ")",     "\"",
                               "'",     "\\",
                               "\\u",   ".",
                               ",",     "?",
                               ":",     "&&",
                               "||",    "==",
                               "<=",    "!",
                               "-",     "+",
                               "0x",    "has(",
                               "token", "secret.key",
                               "hex(",  "9223372036854775808",
                               "\n",    "\xff",
                               "\xc5"};

TEST(RobustnessTest, MutatedTemplatesCompileOrAreRefused) {
  const Scope scope = TestScope();
  const Bindings bindings = TestBindings();
  std::mt19937 random(1);
  int compiled = 0;
  for (int i = 0; i < 5000; ++i) {
    std::string text = kSeeds[random() % std::size(kSeeds)];
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % (text.size() + 1);
      switch (random() % 4) {
        case 0:
          text.insert(at, kPieces[random() % std::size(kPieces)]);
          break;
        case 1:
          text.erase(at, random() % 4);
          break;
        case 2:
          if (at < text.size()) text[at] = static_cast<char>(random() % 256);
          break;
        default:
          text.insert(at, text.substr(random() % (text.size() + 1), random() % 16));
      }
    }
    std::vector<ExpressionError> errors;
    const absl::StatusOr<Template> result = Template::Compile(text, scope, &errors);
    EXPECT_EQ(result.ok(), errors.empty()) << text;
    for (const ExpressionError& error : errors) {
      EXPECT_LE(error.offset, text.size()) << text;
      EXPECT_FALSE(error.message.empty()) << text;
    }
    if (!result.ok()) continue;
    ++compiled;
    const absl::StatusOr<Value> value = Evaluate(*result, bindings);
    if (value.ok()) {
      EXPECT_EQ(value->type(), result->type()) << text;
    } else {
      EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument) << text;
    }
  }
  EXPECT_GT(compiled, 250);
}

TEST(RobustnessTest, EveryBeginningAndEveryEndOfATemplate) {
  for (const std::string text : kSeeds) {
    for (std::size_t i = 0; i <= text.size(); ++i) {
      TemplateErrorsOf(absl::string_view(text).substr(0, i));
      TemplateErrorsOf(absl::string_view(text).substr(i));
    }
  }
}

// Writes random expressions of a type that is asked for.
class Writer {
 public:
  explicit Writer(std::mt19937* random) : random_(*random) {}

  std::string Write(Type type, int depth) {
    if (depth == 0 || Below(6) == 0) return Leaf(type);
    switch (Below(8)) {
      case 0:
        return absl::StrCat("(", Write(Type::kBool, depth - 1), " ? ", Write(type, depth - 1),
                            " : ", Write(type, depth - 1), ")");
      case 1:
      case 2:
        return Operation(type, depth);
      default:
        return Call(type, depth);
    }
  }

 private:
  std::size_t Below(std::size_t bound) { return random_() % bound; }

  std::string Leaf(Type type) {
    static constexpr const char* kTaints[] = {"constant", "fresh", "raw", "sealed"};
    if (Below(4) == 0) {
      switch (type) {
        case Type::kText:
          return "\"7\"";
        case Type::kBytes:
          return "bytes(\"\")";
        case Type::kInt:
          return Below(2) == 0 ? "0" : "-1";
        case Type::kBool:
          return Below(2) == 0 ? "has(optional_text)" : "true";
        case Type::kTime:
          return "timestamp(0)";
        case Type::kDuration:
          return "seconds(0)";
        case Type::kParams:
          return "param(\"7\", \"\")";
      }
    }
    return absl::StrCat(kTaints[Below(4)], "_", NameOf(type));
  }

  std::string Operation(Type type, int depth) {
    if (type == Type::kBool) {
      if (Below(3) == 0) {
        return absl::StrCat("(", Write(Type::kBool, depth - 1), Below(2) == 0 ? " && " : " || ",
                            Write(Type::kBool, depth - 1), ")");
      }
      const Type compared = kTypes[Below(std::size(kTypes))];
      const bool equal = compared == Type::kParams || Below(2) == 0;
      return absl::StrCat("(", Write(compared, depth - 1), equal ? " == " : " < ",
                          Write(compared, depth - 1), ")");
    }
    for (int i = 0; i < 200; ++i) {
      const Operator op = Below(2) == 0 ? Operator::kAdd : Operator::kSubtract;
      const Type left = kTypes[Below(std::size(kTypes))];
      const Type right = kTypes[Below(std::size(kTypes))];
      if (ResultOf(op, left, right) != type) continue;
      return absl::StrCat("(", Write(left, depth - 1), " ", NameOf(op), " ",
                          Write(right, depth - 1), ")");
    }
    return Leaf(type);
  }

  std::string Call(Type type, int depth) {
    for (int i = 0; i < 200; ++i) {
      const Function& function = Functions()[Below(Functions().size())];
      const Overload& overload = function.overloads[Below(function.overloads.size())];
      if (overload.result != type) continue;
      std::string call = absl::StrCat(function.name, "(");
      for (std::size_t j = 0; j < overload.parameters.size(); ++j) {
        absl::StrAppend(&call, j > 0 ? ", " : "", Write(overload.parameters[j], depth - 1));
      }
      return call + ")";
    }
    return Operation(type, depth);
  }

  static constexpr Type kTypes[] = {Type::kText, Type::kBytes,    Type::kInt,   Type::kBool,
                                    Type::kTime, Type::kDuration, Type::kParams};
  std::mt19937& random_;
};

// Values for all names of TestScope: those whose name begins with `changed` depend on `variant`.
Bindings Variant(absl::string_view changed, int variant) {
  Bindings bindings;
  for (const auto& [name, about] : TestScope().names) {
    if (about.optional) continue;
    const int n = absl::StartsWith(name, changed) ? variant : 0;
    // Enough digits for every part of it to differ, and text that is a number and hex at once.
    const int64_t number = 10203040 + 11111111 * int64_t{n};
    switch (about.type) {
      case Type::kText:
        bindings.emplace(name, Value::Text(absl::StrCat(number)));
        break;
      case Type::kBytes:
        bindings.emplace(name, Value::Bytes(absl::StrCat(number)));
        break;
      case Type::kInt:
        bindings.emplace(name, Value::Int(number));
        break;
      case Type::kBool:
        bindings.emplace(name, Value::Bool(n % 2 == 1));
        break;
      case Type::kTime:
        bindings.emplace(name, Value::Time(absl::FromUnixSeconds(number)));
        break;
      case Type::kDuration:
        bindings.emplace(name, Value::Duration(absl::Seconds(number)));
        break;
      case Type::kParams:
        bindings.emplace(name, Value::Params({Param("7", absl::StrCat(number)), Param("", "")}));
        break;
    }
  }
  return bindings;
}

// With randomness that is new where the bindings are.
absl::StatusOr<Value> EvaluateWith(const Node& root, const Bindings& bindings, uint32_t seed) {
  FakeRandom random(seed);
  Evaluation evaluation(random);
  return EvaluateNode(root, bindings, evaluation);
}

TEST(RobustnessTest, WhatIsNotSecretDoesNotDependOnSecretsAndWhatIsFreshIsNew) {
  const Scope scope = TestScope();
  std::mt19937 random(7);
  Writer writer(&random);
  const Type types[] = {Type::kText, Type::kBytes,    Type::kInt,   Type::kBool,
                        Type::kTime, Type::kDuration, Type::kParams};
  const Bindings base = Variant("", 0);
  const Bindings other_raw = Variant("raw", 1);
  const Bindings other_sealed = Variant("sealed", 1);
  const Bindings other_fresh[] = {Variant("fresh", 1), Variant("fresh", 2)};
  int open = 0;
  int fresh = 0;
  int constant = 0;
  for (int i = 0; i < 7000; ++i) {
    const std::string text = writer.Write(types[random() % std::size(types)], 4);
    std::vector<ExpressionError> errors;
    const std::unique_ptr<Node> root = Parse(text, &errors);
    if (root == nullptr) continue;  // Longer than an expression may be.
    const Flow flow = Check(scope, root.get(), &errors);
    ASSERT_TRUE(errors.empty()) << text << "\n" << errors[0].message;
    const std::string value = Show(EvaluateWith(*root, base, 0));
    if (flow.secrecy == Flow::Secrecy::kNone) {
      EXPECT_EQ(Show(EvaluateWith(*root, other_raw, 0)), value) << text;
      EXPECT_EQ(Show(EvaluateWith(*root, other_sealed, 0)), value) << text;
      ++open;
    }
    if (TaintOf(flow) == Taint::kConstant) {
      EXPECT_EQ(Show(EvaluateWith(*root, other_fresh[0], 1)), value) << text;
      ++constant;
    }
    if (flow.fresh && EvaluateWith(*root, base, 0).ok()) {
      for (uint32_t seed = 1; seed <= std::size(other_fresh); ++seed) {
        const absl::StatusOr<Value> other = EvaluateWith(*root, other_fresh[seed - 1], seed);
        if (other.ok()) {
          EXPECT_NE(Show(other), value) << text;
        }
      }
      ++fresh;
    }
  }
  EXPECT_GT(open, 800);
  EXPECT_GT(constant, 200);
  EXPECT_GT(fresh, 400);
}

TEST(RobustnessTest, EveryFunctionStandsLongAndEmptyArguments) {
  const std::string longest(kMaxValueSizeInBytes / 16, '7');
  for (const Function& function : Functions()) {
    for (const Overload& overload : function.overloads) {
      for (const bool is_long : {false, true}) {
        std::vector<Value> arguments;
        for (const Type type : overload.parameters) {
          const int64_t number =
              is_long ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
          switch (type) {
            case Type::kText:
              arguments.push_back(Value::Text(is_long ? longest : ""));
              break;
            case Type::kBytes:
              arguments.push_back(Value::Bytes(is_long ? longest : ""));
              break;
            case Type::kInt:
              arguments.push_back(Value::Int(number));
              break;
            case Type::kBool:
              arguments.push_back(Value::Bool(is_long));
              break;
            case Type::kTime:
              arguments.push_back(
                  Value::Time(is_long ? absl::InfiniteFuture() : absl::InfinitePast()));
              break;
            case Type::kDuration:
              arguments.push_back(
                  Value::Duration(is_long ? absl::InfiniteDuration() : -absl::InfiniteDuration()));
              break;
            case Type::kParams:
              arguments.push_back(
                  Value::Params(is_long ? Params(kMaxParams, Param("77", "&")) : Params()));
              break;
          }
        }
        FakeRandom random;
        Evaluation evaluation(random);
        const absl::StatusOr<Value> value = Call(overload, arguments, evaluation);
        if (value.ok()) {
          EXPECT_EQ(value->type(), overload.result) << function.name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sessionbroker::login
