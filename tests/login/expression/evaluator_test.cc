#include "service/login/expression/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/login/expression/expression_testing.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

TEST(EvaluatorTest, OperatorsHaveTheValuesThatCelGivesThem) {
  const struct {
    const char* text;
    const char* value;
  } cases[] = {
      {R"("a" + "b" + "c")", R"("abc")"},
      {R"("" + "")", R"("")"},
      {R"(hex(bytes("a") + bytes("b")))", R"("6162")"},
      {"1 + 2 - 4 + 3", "2"},
      {"10 - 3 - 2", "5"},
      {"10 - (3 - 2)", "9"},
      {"- 3 - -3", "0"},
      {"--3", "3"},
      {"-(1 + 2)", "-3"},
      {"9223372036854775806 + 1", "9223372036854775807"},
      {"-9223372036854775807 - 1", "-9223372036854775808"},
      {"timestamp(100) + seconds(20) == timestamp(120)", "true"},
      {"seconds(20) + timestamp(100) == timestamp(120)", "true"},
      {"timestamp(100) - seconds(20) == timestamp(80)", "true"},
      {"timestamp(100) - timestamp(120) == seconds(-20)", "true"},
      {"seconds(100) - seconds(120) + seconds(21) == seconds(1)", "true"},
      // Each comparison on each type.
      {R"("a" == "a")", "true"},
      {R"("a" == "b")", "false"},
      {R"("a" == "aa")", "false"},
      {R"("a" != "b")", "true"},
      {R"("a" < "b")", "true"},
      {R"("a" < "aa")", "true"},
      {R"("" < "a")", "true"},
      {R"("Z" < "a")", "true"},
      {R"("a" < "ž")", "true"},
      {R"("\uffff" < "\U00010000")", "true"},
      {R"("b" <= "a")", "false"},
      {R"("b" > "a")", "true"},
      {R"("b" >= "b")", "true"},
      {R"(from_hex("7f") < from_hex("80"))", "true"},
      {R"(from_hex("00") == from_hex("0000"))", "false"},
      {R"(bytes("") == bytes(""))", "true"},
      {"1 < 2", "true"},
      {"2 < 1", "false"},
      {"2 <= 2", "true"},
      {"2 > 2", "false"},
      {"2 >= 2", "true"},
      {"-1 != 1", "true"},
      {"false < true", "true"},
      {"true <= false", "false"},
      {"true == true", "true"},
      {"timestamp(1) > timestamp(0)", "true"},
      {"seconds(-1) >= seconds(0)", "false"},
      {"1 < 2 == true", "true"},
      // Logic.
      {"!true", "false"},
      {"!!true", "true"},
      {"true && true && false", "false"},
      {"true && true", "true"},
      {"false || false || true", "true"},
      {"false || false", "false"},
      {"false && true || true", "true"},
      {"false && (true || true)", "false"},
      {"true ? 1 : 2", "1"},
      {"false ? 1 : false ? 2 : 3", "3"},
      {"1 == 1 ? \"a\" : \"b\"", R"("a")"},
  };
  for (const auto& c : cases) EXPECT_EQ(Show(Evaluate(c.text)), c.value) << c.text;
}

TEST(EvaluatorTest, ErrorsAreAbsorbedAsCelDoes) {
  // `optional_bool` is missing: using it is an error.
  const std::string error = "INVALID_ARGUMENT: \"optional_bool\" at offset ";
  const struct {
    const char* text;
    std::string value;
  } cases[] = {
      {"false && optional_bool", "false"},
      {"optional_bool && false", "false"},
      {"true || optional_bool", "true"},
      {"optional_bool || true", "true"},
      {"true && optional_bool && false", "false"},
      {"optional_bool && true && false", "false"},
      {"optional_bool || false || true", "true"},
      {"true && optional_bool", error + "8: it has no value"},
      {"optional_bool && true", error + "0: it has no value"},
      {"false || optional_bool", error + "9: it has no value"},
      {"optional_bool || false", error + "0: it has no value"},
      {"optional_bool && int(\"x\") == 1", error + "0: it has no value"},
      {"!optional_bool", error + "1: it has no value"},
      {"optional_bool ? 1 : 1", error + "0: it has no value"},
      {"true ? 1 : optional_int", "1"},
      {"false ? optional_int : 2", "2"},
      {"optional_bool == optional_bool", error + "0: it has no value"},
  };
  for (const auto& c : cases) EXPECT_EQ(Show(Evaluate(c.text)), c.value) << c.text;
}

TEST(EvaluatorTest, MissingValuesCanBeGuarded) {
  std::vector<ExpressionError> errors;
  SB_ASSERT_OK_AND_ASSIGN(
      const Expression expression,
      Expression::Compile("has(optional_int) ? seconds(optional_int) : seconds(300)", TestScope(),
                          &errors));
  EXPECT_EQ(Show(expression.Evaluate({})), "duration(5m)");
  EXPECT_EQ(Show(expression.Evaluate({{"optional_int", Value::Int(30)}})), "duration(30s)");
}

TEST(EvaluatorTest, WhatDoesNotFitIsAnErrorWithItsPlace) {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {"9223372036854775807 + 1", "\"+\" at offset 20: the result does not fit an int (64 bits)"},
      {"1 + 2 - 3 + 9223372036854775807 + 1",
       "\"+\" at offset 32: the result does not fit an int (64 bits)"},
      {"-9223372036854775808 - 1", "\"-\" at offset 21: the result does not fit an int (64 bits)"},
      {"1 - -9223372036854775808", "\"-\" at offset 2: the result does not fit an int (64 bits)"},
      {"--9223372036854775808", "\"-\" at offset 0: the result does not fit an int (64 bits)"},
      {"timestamp(253402300799) + seconds(1)",
       "\"+\" at offset 24: the time is not within the years 1 to 9999"},
      {"timestamp(-62135596800) - seconds(1)",
       "\"-\" at offset 24: the time is not within the years 1 to 9999"},
      {"seconds(315576000000) + seconds(1)",
       "\"+\" at offset 22: the duration is longer than 315,576,000,000 s"},
      {"seconds(-315576000000) - seconds(1)",
       "\"-\" at offset 23: the duration is longer than 315,576,000,000 s"},
      {"optional_text", "\"optional_text\" at offset 0: it has no value"},
      {"upper(\"a\" + optional_text)", "\"optional_text\" at offset 12: it has no value"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Show(Evaluate(c.text)), absl::StrCat("INVALID_ARGUMENT: ", c.error)) << c.text;
  }
}

TEST(EvaluatorTest, BindingsOfAnotherTypeAreOurOwnFault) {
  std::vector<ExpressionError> errors;
  SB_ASSERT_OK_AND_ASSIGN(const Expression expression,
                          Expression::Compile("\"x\" + token", TestScope(), &errors));
  EXPECT_EQ(Show(expression.Evaluate({{"token", Value::Int(1)}})),
            "INTERNAL: \"token\" at offset 6: its value is int, expected text");
}

TEST(EvaluatorTest, ValuesAreLimitedWhereTheyArise) {
  const std::string most(kMaxValueSizeInBytes, 'a');
  const std::string half(kMaxValueSizeInBytes / 2, 'a');
  const auto evaluate = [](absl::string_view text, const std::string& token) {
    std::vector<ExpressionError> errors;
    const Bindings bindings = {{"token", Value::Text(token)},
                               {"account.login", Value::Text("b")},
                               {"fresh_bytes", Value::Bytes(token)}};
    const auto expression = Expression::Compile(text, TestScope(), &errors);
    const absl::StatusOr<Value> value = expression->Evaluate(bindings);
    return value.ok() ? absl::StrCat(value->data().size(), " bytes") : Show(value);
  };
  EXPECT_EQ(evaluate("token", most), "1048576 bytes");
  EXPECT_EQ(evaluate("token", most + "a"),
            "INVALID_ARGUMENT: \"token\" at offset 0: a value has at most 1048576 bytes, this has "
            "1048577");
  EXPECT_EQ(evaluate("token + token", half), "1048576 bytes");
  EXPECT_EQ(evaluate("token + token + \"b\"", half),
            "INVALID_ARGUMENT: \"+\" at offset 14: the result has at most 1048576 bytes, not "
            "1048577");
  EXPECT_EQ(evaluate("hex(fresh_bytes)", half), "1048576 bytes");
  EXPECT_EQ(evaluate("hex(fresh_bytes)", half + "a"),
            "INVALID_ARGUMENT: hex() at offset 0: a value has at most 1048576 bytes, this has "
            "1048578");
  EXPECT_EQ(evaluate("replace(token, \"a\", \"bb\")", half), "1048576 bytes");
  // Not 2^40 bytes first and then an error.
  EXPECT_EQ(evaluate("replace(token, \"a\", token)", most),
            "INVALID_ARGUMENT: replace() at offset 0: the result has more than 1048576 bytes");
}

TEST(EvaluatorTest, ErrorsHoldNoValue) {
  // Each way for a value to be wrong, with a secret for the value.
  const std::string secret = "hunter2-0f";
  std::vector<ExpressionError> errors;
  Bindings bindings = TestBindings();
  bindings.erase("secret.key");
  bindings.emplace("secret.key", Value::Text(secret));
  for (const char* text :
       {"int(secret.key)", "from_hex(secret.key)", "from_base64(secret.key)",
        "from_base64url(secret.key + \"!\")", "timestamp(secret.key)", "substring(secret.key, 100)",
        "column(secret.key, \"-\", 7)", "replace(secret.key, \"\", \"\")",
        "seconds(int(secret.key))", "utf8(bytes(secret.key) + raw_bytes)"}) {
    SB_ASSERT_OK_AND_ASSIGN(const Expression expression,
                            Expression::Compile(text, TestScope(), &errors));
    const absl::Status status = expression.Evaluate(bindings).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("hunter2")));
    EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("0f")));
  }
}

TEST(EvaluatorTest, ExpressionsAreCopiedAndKeptWithoutTheirText) {
  std::vector<ExpressionError> errors;
  std::optional<Expression> kept;
  {
    const std::string text = "hex(md5(\"a\" + \"bc\"))";
    SB_ASSERT_OK_AND_ASSIGN(const Expression expression,
                            Expression::Compile(text, Scope(), &errors));
    kept = expression;
  }
  EXPECT_EQ(Show(kept->Evaluate({})), "\"900150983cd24fb0d6963f7d28e17f72\"");
}

}  // namespace
}  // namespace sessionbroker::login
