#include "service/login/expression/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/login/expression/functions.h"
#include "service/login/expression/operators.h"
#include "tests/login/expression/expression_testing.h"

namespace sessionbroker::login {
namespace {

using ::testing::ElementsAre;

std::string TypeOf(absl::string_view text) {
  std::vector<ExpressionError> errors;
  const absl::StatusOr<Expression> expression = Expression::Compile(text, TestScope(), &errors);
  return expression.ok() ? std::string(NameOf(expression->type())) : errors[0].message;
}

TEST(CheckerTest, EveryExpressionHasOneType) {
  const struct {
    const char* text;
    const char* type;
  } cases[] = {
      {"1", "int"},
      {"\"1\"", "text"},
      {"true", "bool"},
      {"token", "text"},
      {"fresh_duration", "duration"},
      {"has(optional_time)", "bool"},
      {"optional_time", "time"},
      {"md5(token)", "bytes"},
      {"hex(md5(token))", "text"},
      {"-1", "int"},
      {"-fresh_int", "int"},
      {"!fresh_bool", "bool"},
      {"fresh_int < 1", "bool"},
      {"fresh_int < 1 == true", "bool"},
      {"fresh_bool && 1 < 2 || false", "bool"},
      {"fresh_bool ? fresh_time : fresh_time", "time"},
      {"fresh_time - fresh_time + fresh_time", "time"},
      {"fresh_time - fresh_time - fresh_duration", "duration"},
  };
  for (const auto& c : cases) EXPECT_EQ(TypeOf(c.text), c.type) << c.text;
}

TEST(CheckerTest, OperatorsTakeTheTypesOfTheTableAndNoOthers) {
  const struct {
    const char* text;
    const char* type;
  } allowed[] = {
      {"text + text", "text"},       {"bytes + bytes", "bytes"},
      {"int + int", "int"},          {"time + duration", "time"},
      {"duration + time", "time"},   {"duration + duration", "duration"},
      {"int - int", "int"},          {"time - time", "duration"},
      {"time - duration", "time"},   {"duration - duration", "duration"},
      {"params + params", "params"},
  };
  const Type types[] = {Type::kText, Type::kBytes,    Type::kInt,   Type::kBool,
                        Type::kTime, Type::kDuration, Type::kParams};
  int taken = 0;
  for (const char* op : {"+", "-", "==", "!=", "<", "<=", ">", ">="}) {
    for (const Type left : types) {
      for (const Type right : types) {
        std::string expected;
        const bool orders = op[0] == '<' || op[0] == '>';
        if (op[0] != '+' && op[0] != '-' && left == right && !(orders && left == Type::kParams)) {
          expected = "bool";
        }
        for (const auto& c : allowed) {
          if (absl::StrCat(NameOf(left), " ", op, " ", NameOf(right)) == c.text) expected = c.type;
        }
        const std::string text =
            absl::StrCat("fresh_", NameOf(left), " ", op, " fresh_", NameOf(right));
        if (!expected.empty()) {
          EXPECT_EQ(TypeOf(text), expected) << text;
          ++taken;
        } else {
          EXPECT_THAT(TypeOf(text), ::testing::StartsWith(absl::StrCat("\"", op, "\""))) << text;
        }
      }
    }
  }
  EXPECT_EQ(taken, 11 + 6 * 6 + 2);
}

TEST(CheckerTest, MistakesSayWhatWasFoundAndWhatExpected) {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      // Names.
      {"hex(md5(tokn))", "8: unknown name \"tokn\"; did you mean \"token\"?"},
      {"acount.login", "0: unknown name \"acount.login\"; did you mean \"account.login\"?"},
      {"has(tokken)", "0: unknown name \"tokken\"; did you mean \"token\"?"},
      {"\"a\" + challenge",
       "6: \"challenge\" is extracted by step \"getchallenge\", which comes later"},
      {"has(challenge)",
       "0: \"challenge\" is extracted by step \"getchallenge\", which comes later"},
      {"token + md5", "8: \"md5\" is a function: md5(data: text or bytes[, times: int]) → bytes"},
      {"has(token)", "0: has(token): \"token\" is not optional, it is always there"},
      {"has + 1", "0: \"has\" asks whether a value is there: has(NAME)"},
      // Functions.
      {"shaa512(token)", "0: unknown function \"shaa512\"; did you mean \"sha512\"?"},
      {"token.upper()", "0: functions are not called on a value; write upper(token)"},
      {"account.login.replace(\"a\", \"b\")",
       "0: functions are not called on a value; write replace(account.login, …)"},
      {"token.has(optional_text)", "0: functions are not called on a value; write has(token)"},
      {"md5()",
       "0: md5() does not take 0 arguments: md5(data: text or bytes[, times: int]) → bytes"},
      {"1 == int(token, token)", "5: int() does not take 2 arguments: int(text: text) → int"},
      {"substring(token)",
       "0: substring() does not take 1 argument: substring(text: text, start: int[, end: int]) → "
       "text"},
      {"hex(token)",
       "4: argument 1 (data) of hex() is text, expected bytes; bytes() makes bytes of text"},
      {"upper(md5(token))",
       "6: argument 1 (text) of upper() is bytes, expected text; hex(), base64() or utf8() makes "
       "text of bytes"},
      {"md5(1)",
       "4: argument 1 (data) of md5() is int, expected text or bytes; string() makes text of an "
       "int"},
      {"hmac_sha256(token, fresh_bool)",
       "19: argument 2 (message) of hmac_sha256() is bool, expected text or bytes; string() makes "
       "text of a bool"},
      {"seconds(token)",
       "8: argument 1 (count) of seconds() is text, expected int; int() makes an int of text"},
      {"string(fresh_time)",
       "7: argument 1 (value) of string() is time, expected int or bool; unix() makes an int of a "
       "time"},
      {"unix(fresh_duration)", "5: argument 1 (time) of unix() is duration, expected time"},
      // Operators.
      {"token + md5(token)",
       "6: \"+\" behind text expects text, found bytes; hex(), base64() or utf8() makes text of "
       "bytes"},
      {"md5(token) + token",
       "11: \"+\" behind bytes expects bytes, found text; bytes() makes bytes "
       "of text"},
      {"token + 1", "6: \"+\" behind text expects text, found int; string() makes text of an int"},
      {"1 + token", "2: \"+\" behind int expects int, found text; int() makes an int of text"},
      {"fresh_time + 60",
       "11: \"+\" behind time expects duration, found int; seconds() makes a duration of an int"},
      {"60 + fresh_time",
       "3: \"+\" behind int expects int, found time; unix() makes an int of a time"},
      {"fresh_time + fresh_time", "11: \"+\" behind time expects duration, found time"},
      {"fresh_time - 60",
       "11: \"-\" behind time expects time or duration, found int; timestamp() "
       "makes a time of an int"},
      {"token - token", "6: \"-\" does not take text"},
      {"true + true", "5: \"+\" does not take bool"},
      {"fresh_params < fresh_params", "13: \"<\" does not take params"},
      {"fresh_params + token",
       "13: \"+\" behind params expects params, found text; param() makes params of a name and a "
       "value"},
      {"md5(fresh_params)",
       "4: argument 1 (data) of md5() is params, expected text or bytes; join() makes text of "
       "params"},
      {"token == 1",
       "6: \"==\" compares two of one type, found text and int; string() makes text of an int"},
      {"fresh_duration < fresh_time",
       "15: \"<\" compares two of one type, found duration and time"},
      {"-token", "1: the sign \"-\" expects int, found text; int() makes an int of text"},
      {"-fresh_duration", "1: the sign \"-\" expects int, found duration"},
      {"!token", "1: \"!\" expects bool, found text"},
      {"fresh_bool && 1", "14: \"&&\" expects bool, found int"},
      {"token || fresh_bool", "0: \"||\" expects bool, found text"},
      {"token ? 1 : 2", "0: the condition before \"?\" is text, expected bool"},
      {"fresh_bool ? 1 : token",
       "17: \"?:\" gives one type, found int and text; int() makes an int of text"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(ErrorsOf(c.text), ElementsAre(std::string(c.error))) << c.text;
  }
}

TEST(CheckerTest, AllMistakesAreReportedAndNoneTwice) {
  EXPECT_THAT(ErrorsOf("hex(tokn) + md5(nonce, 1) == (yes && upper(1) == \"a\" ? 1 : true)"),
              ElementsAre("4: unknown name \"tokn\"; did you mean \"token\"?",
                          ::testing::StartsWith("16: unknown name \"nonce\"; names here are: "),
                          ::testing::StartsWith("30: unknown name \"yes\"; names here are: "),
                          "43: argument 1 (text) of upper() is int, expected text; string() makes "
                          "text of an int"));
  EXPECT_THAT(
      ErrorsOf("fresh_bool && token && 1"),
      ElementsAre("14: \"&&\" expects bool, found text", "23: \"&&\" expects bool, found int"));
}

TEST(CheckerTest, UnknownNamesWithoutANearOneListAll) {
  std::vector<ExpressionError> errors;
  Scope scope;
  scope.names["token"] = {Type::kText, Taint::kFresh, false};
  scope.names["secret.key"] = {Type::kText, Taint::kRaw, false};
  EXPECT_FALSE(Expression::Compile("wolpertinger", scope, &errors).ok());
  EXPECT_FALSE(Expression::Compile("wolpertinger", Scope(), &errors).ok());
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].message, "unknown name \"wolpertinger\"; names here are: secret.key, token");
  EXPECT_EQ(errors[1].message, "unknown name \"wolpertinger\"");
}

TEST(CheckerTest, TheStatusHasTheFirstMistake) {
  std::vector<ExpressionError> errors = {{7, "of another expression"}};
  const absl::Status status = Expression::Compile("a + b", Scope(), &errors).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "offset 0: unknown name \"a\"");
  EXPECT_EQ(errors.size(), 3u);
}

}  // namespace
}  // namespace sessionbroker::login
