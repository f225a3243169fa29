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
  EXPECT_EQ(Show(Evaluate(expression, {})), "duration(5m)");
  EXPECT_EQ(Show(Evaluate(expression, {{"optional_int", Value::Int(30)}})), "duration(30s)");
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
  EXPECT_EQ(Show(Evaluate(expression, {{"token", Value::Int(1)}})),
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
    const absl::StatusOr<Value> value = Evaluate(*expression, bindings);
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

TEST(EvaluatorTest, ParamsAreLimitedWhereTheyArise) {
  std::vector<ExpressionError> errors;
  SB_ASSERT_OK_AND_ASSIGN(
      const Expression expression,
      Expression::Compile("fresh_params + param(\"a\", token)", TestScope(), &errors));
  const auto evaluate = [&expression](Params params) {
    const absl::StatusOr<Value> value =
        Evaluate(expression,
                 {{"fresh_params", Value::Params(std::move(params))}, {"token", Value::Text("b")}});
    return value.ok() ? absl::StrCat(value->params().size()) : Show(value);
  };
  const Param small("a", "");
  EXPECT_EQ(evaluate(Params(kMaxParams - 1, small)), "1024");
  EXPECT_EQ(
      evaluate(Params(kMaxParams, small)),
      "INVALID_ARGUMENT: \"+\" at offset 13: params have at most 1024 pairs, these have 1025");
  EXPECT_EQ(evaluate({Param("", std::string(kMaxValueSizeInBytes - 2, 'a'))}), "2");
  EXPECT_EQ(evaluate({Param("", std::string(kMaxValueSizeInBytes - 1, 'a'))}),
            "INVALID_ARGUMENT: \"+\" at offset 13: params have at most 1048576 bytes, these have "
            "1048577");
}

TEST(EvaluatorTest, WorkIsLimitedBeforeItIsDone) {
  const std::string most(kMaxValueSizeInBytes, 'a');
  const Bindings bindings = {{"token", Value::Text(most)}, {"account.login", Value::Text("b")}};
  const auto evaluate = [&bindings](absl::string_view text) {
    std::vector<ExpressionError> errors;
    const absl::StatusOr<Value> value =
        Evaluate(*Expression::Compile(text, TestScope(), &errors), bindings);
    return value.ok() ? "ok" : Show(value);
  };
  const std::string too_much =
      "the expressions of a step may take work of 10000000 together, with this it would be ";
  // The most iterations of each; `b`, the key or digest, and what is made of it are the rest.
  EXPECT_EQ(evaluate("pbkdf2_sha256(account.login, '', 78124, 32)"), "ok");
  EXPECT_EQ(evaluate("pbkdf2_sha256(account.login, '', 78126, 32)"),
            "INVALID_ARGUMENT: pbkdf2_sha256() at offset 0: " + too_much + "10000003 or more");
  EXPECT_EQ(evaluate("pbkdf2_sha256(account.login, '', 39062, 33)"), "ok");
  EXPECT_THAT(evaluate("pbkdf2_sha256(account.login, '', 39063, 33)"),
              ::testing::HasSubstr(too_much));
  EXPECT_EQ(evaluate("pbkdf2_sha512(account.login, '', 31249, 64)"), "ok");
  EXPECT_THAT(evaluate("pbkdf2_sha512(account.login, '', 31251, 64)"),
              ::testing::HasSubstr(too_much));
  EXPECT_THAT(evaluate("pbkdf2_sha1(account.login, '', 78126, 20)"),
              ::testing::HasSubstr(too_much));
  EXPECT_EQ(evaluate("md5_hex(account.login, 78124)"), "ok");
  EXPECT_THAT(evaluate("md5_hex(account.login, 78126)"), ::testing::HasSubstr(too_much));
  EXPECT_THAT(evaluate("sha512(account.login, 31251)"), ::testing::HasSubstr(too_much));
  // No number is so great that it comes round.
  for (const char* times : {"9223372036854775807", "72057594037927936", "4611686018427387904"}) {
    EXPECT_THAT(evaluate(absl::StrCat("md5(account.login, ", times, ")")),
                ::testing::HasSubstr(too_much));
    EXPECT_THAT(evaluate(absl::StrCat("pbkdf2_sha1('', '', ", times, ", ", times, ")")),
                ::testing::HasSubstr(too_much));
  }
  // All that one evaluation does counts.
  EXPECT_THAT(evaluate("md5(account.login, 40000) + md5(account.login, 40000)"),
              ::testing::HasSubstr("md5() at offset 28: " + too_much));
  std::string digests = "md5(token)";
  EXPECT_EQ(evaluate(digests), "ok");
  for (int i = 0; i < 9; ++i) absl::StrAppend(&digests, " + md5(token)");
  EXPECT_THAT(evaluate(digests), ::testing::HasSubstr(too_much));
  // A search that would compare at each place.
  EXPECT_THAT(evaluate("replace(token, substring(token, 500000) + account.login, '')"),
              ::testing::HasSubstr("replace() at offset 0: " + too_much));
  EXPECT_EQ(evaluate("replace(token, 'ab', '')"), "ok");
  EXPECT_THAT(evaluate("replace(token, 'ab', '') + column(token, 'b', 0)"),
              ::testing::HasSubstr(too_much));
}

TEST(EvaluatorTest, ExpressionsThatShareAnEvaluationShareItsWork) {
  FakeRandom random;
  Evaluation evaluation(random, /*max_work=*/1000);
  std::vector<ExpressionError> errors;
  SB_ASSERT_OK_AND_ASSIGN(const Expression expression,
                          Expression::Compile("md5('', 5)", Scope(), &errors));
  EXPECT_THAT(expression.Evaluate({}, evaluation), testing::IsOk());
  EXPECT_EQ(Show(expression.Evaluate({}, evaluation)),
            "INVALID_ARGUMENT: md5() at offset 0: the expressions of a step may take work of 1000 "
            "together, with this it would be 1296 or more");
  SB_ASSERT_OK_AND_ASSIGN(
      const Template text,
      Template::Compile("${hex(md5('', 50000))} ${hex(md5('', 50000))}", Scope(), &errors));
  EXPECT_THAT(Show(Evaluate(text, {})), ::testing::HasSubstr("may take work of 10000000 together"));
}

TEST(EvaluatorTest, RandomnessIsThatOfTheEvaluation) {
  std::vector<ExpressionError> errors;
  SB_ASSERT_OK_AND_ASSIGN(
      const Expression expression,
      Expression::Compile("random_uuid() + hex(random_bytes(8)) + random_text('0123456789', 8)",
                          Scope(), &errors));
  const auto evaluate = [&expression](uint32_t seed) {
    FakeRandom random(seed);
    Evaluation evaluation(random);
    return Show(expression.Evaluate({}, evaluation));
  };
  EXPECT_EQ(evaluate(1), evaluate(1));
  EXPECT_NE(evaluate(1), evaluate(2));
  const auto at_random = [&expression] {
    Evaluation evaluation(crypto::SystemRandom());
    return Show(expression.Evaluate({}, evaluation));
  };
  EXPECT_NE(at_random(), at_random());
  EXPECT_THAT(evaluate(1), ::testing::MatchesRegex(
                               "\"[0-9a-f]+-[0-9a-f]+-4[0-9a-f]+-[89ab][0-9a-f]+-[0-9a-f]+\""));
}

TEST(EvaluatorTest, RandomnessThatFailsIsOurOwnFault) {
  class BrokenRandom final : public crypto::RandomSource {
   public:
    absl::Status Fill(absl::Span<char>) override { return absl::InternalError("broken"); }
  };
  BrokenRandom random;
  std::vector<ExpressionError> errors;
  for (const char* text : {"random_uuid()", "random_bytes(8)", "random_text('0123456789', 8)"}) {
    Evaluation evaluation(random);
    SB_ASSERT_OK_AND_ASSIGN(const Expression expression,
                            Expression::Compile(text, Scope(), &errors));
    EXPECT_THAT(Show(expression.Evaluate({}, evaluation)),
                ::testing::AllOf(::testing::StartsWith("INTERNAL: random_"),
                                 ::testing::EndsWith("() at offset 0: broken")));
  }
}

TEST(EvaluatorTest, TheTimeOfAStepAndTheProvidersClockAreNamesLikeOthers) {
  Scope scope = TestScope();
  scope.names["now"] = {Type::kTime, Taint::kFresh, false};
  scope.names["clock_skew"] = {Type::kDuration, Taint::kFresh, true};
  const Bindings bindings = {{"now", Value::Time(absl::FromUnixSeconds(1700000000))},
                             {"secret.key", Value::Text("def")}};
  // `printf '1700000000' | openssl dgst -sha256 -hmac def`.
  std::vector<ExpressionError> errors;
  SB_ASSERT_OK_AND_ASSIGN(
      const Expression signature,
      Expression::Compile("hex(hmac_sha256(secret.key, string(unix(now))))", scope, &errors));
  EXPECT_EQ(signature.taint(), Taint::kSealed);
  EXPECT_EQ(Show(Evaluate(signature, bindings)),
            "\"eb3627911c9c7fdd5c38d0229f51cfd9a0a87dfaf848177d799476e879839167\"");
  SB_ASSERT_OK_AND_ASSIGN(
      const Expression corrected,
      Expression::Compile("has(clock_skew) ? now + clock_skew : now", scope, &errors));
  EXPECT_EQ(Show(Evaluate(corrected, bindings)), "time(2023-11-14T22:13:20+00:00)");
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
        "parse_time(secret.key, \"%Y\")", "format_time(timestamp(0), secret.key + \"%Q\")",
        "value_of(param(secret.key, \"\"), \"\")", "random_text(secret.key + secret.key, 8)",
        "seconds(int(secret.key))", "utf8(bytes(secret.key) + raw_bytes)"}) {
    SB_ASSERT_OK_AND_ASSIGN(const Expression expression,
                            Expression::Compile(text, TestScope(), &errors));
    const absl::Status status = Evaluate(expression, bindings).status();
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
  EXPECT_EQ(Show(Evaluate(*kept, {})), "\"900150983cd24fb0d6963f7d28e17f72\"");
}

}  // namespace
}  // namespace sessionbroker::login
