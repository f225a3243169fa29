#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "service/login/expression/expression.h"
#include "tests/login/expression/expression_testing.h"
#include "tests/testing/status_matchers.h"

namespace sessionbroker::login {
namespace {

absl::StatusOr<Template> Compile(absl::string_view text) {
  std::vector<ExpressionError> errors;
  return Template::Compile(text, TestScope(), &errors);
}

TEST(TemplateTest, ExpressionsEndAtTheirOwnBrace) {
  const struct {
    const char* text;
    const char* value;
  } cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"${token}", R"("6b01f41c2d2e6")"},
      {"a${token}b", R"("a6b01f41c2d2e6b")"},
      {"${account.login}:${token}", R"("demo:6b01f41c2d2e6")"},
      {"${account.login}${account.login}", R"("demodemo")"},
      {R"(${hex(md5("}" + token))})", R"("09e1a5d858d4bc11108727876443dad4")"},
      {R"(${"}"}})", R"("}}")"},
      {R"(<${'}'}>)", R"("<}>")"},
      {R"(<${"\"}"}>)", R"("<\"}>")"},
      {R"(<${"${}"}>)", R"("<${}>")"},
      {R"(${"$${"}-)", R"("$${-")"},
      {"{\"a\": \"${account.login}\"}", R"("{\"a\": \"demo\"}")"},
      // What is no expression.
      {"$${token}", R"("${token}")"},
      {"a$${b}${account.login}", R"("a${b}demo")"},
      {"$$${token}", R"("$${token}")"},
      {"$", R"("$")"},
      {"$$", R"("$$")"},
      {"5 $", R"("5 $")"},
      {"$a {b} }", R"("$a {b} }")"},
      {"$ {token}", R"("$ {token}")"},
      {"${\"$\"}${account.login}", R"("$demo")"},
      {"žluť ${account.login} €", R"("žluť demo €")"},
      // Inside text.
      {"n=${1 + 1}, b=${1 < 2}", R"("n=2, b=true")"},
      {"${-5}.", R"("-5.")"},
  };
  for (const auto& c : cases) {
    const absl::StatusOr<Template> compiled = Compile(c.text);
    ASSERT_TRUE(compiled.ok()) << c.text << ": " << compiled.status();
    EXPECT_EQ(Show(Evaluate(*compiled, TestBindings())), c.value) << c.text;
  }
}

TEST(TemplateTest, OneWholeExpressionKeepsItsType) {
  const struct {
    const char* text;
    bool single;
    Type type;
    const char* value;
  } cases[] = {
      {"${1 + 1}", true, Type::kInt, "2"},
      {"${true}", true, Type::kBool, "true"},
      {"${seconds(5)}", true, Type::kDuration, "duration(5s)"},
      {"${bytes(\"a\")}", true, Type::kBytes, "b\"a\""},
      {"${\"a\"}", true, Type::kText, "\"a\""},
      {" ${1 + 1}", false, Type::kText, "\" 2\""},
      {"${1}${1}", false, Type::kText, "\"11\""},
      {"1", false, Type::kText, "\"1\""},
      {"$${1}", false, Type::kText, "\"${1}\""},
      {"", false, Type::kText, "\"\""},
  };
  for (const auto& c : cases) {
    SB_ASSERT_OK_AND_ASSIGN(const Template compiled, Compile(c.text));
    EXPECT_EQ(compiled.is_single_expression(), c.single) << c.text;
    EXPECT_EQ(compiled.type(), c.type) << c.text;
    EXPECT_EQ(Show(Evaluate(compiled, {})), c.value) << c.text;
  }
}

TEST(TemplateTest, PartsAlternateAsWritten) {
  SB_ASSERT_OK_AND_ASSIGN(const Template compiled, Compile("a$${b${token}${account.login}c"));
  ASSERT_EQ(compiled.parts().size(), 4u);
  EXPECT_EQ(compiled.parts()[0].literal, "a${b");
  EXPECT_EQ(compiled.parts()[0].expression, nullptr);
  EXPECT_NE(compiled.parts()[1].expression, nullptr);
  EXPECT_NE(compiled.parts()[2].expression, nullptr);
  EXPECT_EQ(compiled.parts()[3].literal, "c");
}

TEST(TemplateTest, TaintIsThatOfTheWorstPart) {
  const struct {
    const char* text;
    Taint taint;
  } cases[] = {
      {"plain", Taint::kConstant},
      {"$${secret.key}", Taint::kConstant},
      {"${account.login}", Taint::kConstant},
      {"a${token}", Taint::kFresh},
      {"${token}:${hex(md5(token + secret.key))}", Taint::kSealed},
      {"${secret.key}", Taint::kRaw},
      {"${token}:${secret.key}:${hex(md5(token + secret.key))}", Taint::kRaw},
      {"${fresh_bool}${raw_bool}", Taint::kRaw},
  };
  for (const auto& c : cases) {
    SB_ASSERT_OK_AND_ASSIGN(const Template compiled, Compile(c.text));
    EXPECT_EQ(compiled.taint(), c.taint) << c.text;
  }
}

TEST(TemplateTest, MistakesAreNamedWithTheirPlaceInTheTemplate) {
  const struct {
    std::string text;
    std::vector<std::string> errors;
  } cases[] = {
      {"ab${token", {"2: \"${\" without its \"}\""}},
      {"${", {"0: \"${\" without its \"}\""}},
      {"a${token$${", {"10: \"{\" is not part of this language"}},
      {"a${token${account.login}", {"8: unexpected character \"$\""}},
      {"${}", {"2: expected a value, found the end"}},
      {"${ }", {"3: expected a value, found the end"}},
      {"ab${\"cd}", {"4: the text literal has no end"}},
      {"ab${'cd\n'}", {"4: the text literal has no end on its line; a line break is \\n"}},
      {"ab${tokn}", {"4: unknown name \"tokn\"; did you mean \"token\"?"}},
      {"${tokn} and ${account.logn}",
       {"2: unknown name \"tokn\"; did you mean \"token\"?",
        "14: unknown name \"account.logn\"; did you mean \"account.login\"?"}},
      {"${a +} ${#} ${\"\\q\"} ${token",
       {"5: expected a value, found the end", "9: unexpected character \"#\"",
        "15: unknown escape; a backslash is written \\\\", "20: \"${\" without its \"}\""}},
      {"${token}}${token", {"9: \"${\" without its \"}\""}},
      {"x${bytes(token)}",
       {"3: bytes cannot stand inside text; hex(), base64() or utf8() makes text of them"}},
      {"${fresh_time}x", {"2: a time cannot stand inside text; unix() makes an int of it"}},
      {"${fresh_duration}${token}", {"2: a duration cannot stand inside text"}},
      {"?${fresh_params}", {"3: parameters cannot stand inside text; join() makes text of them"}},
      {"${token} ab\xff", {"11: the text is not UTF-8"}},
      {"ž${tokn}", {"4: unknown name \"tokn\"; did you mean \"token\"?"}},
      {"${{\"a\": 1}}", {"2: \"{\" is not part of this language"}},
      {"x${" + std::string(5000, 'a') + "}",
       {"4099: an expression has at most 4096 bytes, this has 5000"}},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(TemplateErrorsOf(c.text), ::testing::ElementsAreArray(c.errors)) << c.text;
  }
}

TEST(TemplateTest, ErrorsOfEvaluationComeThrough) {
  SB_ASSERT_OK_AND_ASSIGN(const Template single, Compile("${optional_text}"));
  EXPECT_EQ(Show(Evaluate(single, {})),
            "INVALID_ARGUMENT: \"optional_text\" at offset 0: it has no value");
  SB_ASSERT_OK_AND_ASSIGN(const Template text, Compile("a${optional_text}"));
  EXPECT_EQ(Show(Evaluate(text, {})),
            "INVALID_ARGUMENT: \"optional_text\" at offset 0: it has no value");
}

TEST(TemplateTest, ValuesAreLimited) {
  SB_ASSERT_OK_AND_ASSIGN(const Template compiled, Compile("${token}${token}"));
  const Bindings most = {{"token", Value::Text(std::string(kMaxValueSizeInBytes / 2, 'a'))}};
  EXPECT_THAT(Evaluate(compiled, most), testing::IsOk());
  const Bindings more = {{"token", Value::Text(std::string(kMaxValueSizeInBytes / 2 + 1, 'a'))}};
  EXPECT_EQ(Show(Evaluate(compiled, more)),
            "INVALID_ARGUMENT: a value has at most 1048576 bytes, this has 1048578");
}

TEST(TemplateTest, LongTemplatesAreCheckedInTimeLinearInTheirLength) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "${token}$${";
  SB_ASSERT_OK_AND_ASSIGN(const Template compiled, Compile(text));
  EXPECT_EQ(compiled.parts().size(), 40000u);
}

}  // namespace
}  // namespace sessionbroker::login
