#include "service/login/expression/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/login/expression/limits.h"
#include "tests/login/expression/expression_testing.h"

namespace sessionbroker::login {
namespace {

// The canonical text of `text`, or "offset: what is wrong".
std::string Canonical(absl::string_view text) {
  std::vector<ExpressionError> errors;
  const std::unique_ptr<Node> root = Parse(text, &errors);
  if (root != nullptr) {
    EXPECT_TRUE(errors.empty());
    return Unparse(*root);
  }
  EXPECT_EQ(errors.size(), 1u);
  return absl::StrCat(errors[0].offset, ": ", errors[0].message);
}

std::string Times(int count, absl::string_view text) {
  std::string result;
  for (int i = 0; i < count; ++i) absl::StrAppend(&result, text);
  return result;
}

TEST(ParserTest, TextBecomesTheTreeThatCelMeans) {
  const struct {
    const char* text;
    const char* canonical;
  } cases[] = {
      // Literals.
      {"42", "42"},
      {"-42", "-42"},
      {"- 42", "-42"},
      {"--42", "--42"},
      {"0x2A", "42"},
      {"0X2a", "42"},
      {"007", "7"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-0x8000000000000000", "-9223372036854775808"},
      {"true", "true"},
      {"false", "false"},
      {R"("a'b")", R"("a\'b")"},
      {R"('a"b')", R"("a\"b")"},
      {R"("")", R"("")"},
      {R"("žluť €😀")", R"("žluť €😀")"},
      {R"("\n\t\r\\\"\'")", R"("\n\t\r\\\"\'")"},
      {R"("\x41\X42\u0043\U00000044\105")", R"("ABCDE")"},
      {R"("\u20ac\U0001F600\xff\377")", R"("€😀ÿÿ")"},
      {R"("\?\`")", R"("?`")"},
      {R"("}")", R"("}")"},
      // Names and calls.
      {"token", "token"},
      {"account.username", "account.username"},
      {" account . username ", "account.username"},
      {"_a1.b_.c", "_a1.b_.c"},
      {"trueish", "trueish"},
      {"account.package", "account.package"},
      {"f()", "f()"},
      {"f(a)", "f(a)"},
      {"f( a ,b,\n c )", "f(a, b, c)"},
      {"f(g(h(a)))", "f(g(h(a)))"},
      {"has(a.b)", "has(a.b)"},
      {"has", "has"},
      {"a.has(b)", "a.has(b)"},
      // What binds how.
      {"a+b-c", "a + b - c"},
      {"(a+b)-c", "(a + b) - c"},
      {"a-(b-c)", "a - (b - c)"},
      {"a-1", "a - 1"},
      {"a--1", "a - -1"},
      {"-a-b", "-a - b"},
      {"-(a-b)", "-(a - b)"},
      {"a+b==c+d", "a + b == c + d"},
      {"(a==b)+c", "(a == b) + c"},
      {"a<b==c<d", "a < b == c < d"},
      {"a<(b==c)", "a < (b == c)"},
      {"a&&b||c&&d", "a && b || c && d"},
      {"a&&(b||c)&&d", "a && (b || c) && d"},
      {"a&&b&&c", "a && b && c"},
      {"a==b&&c!=d", "a == b && c != d"},
      {"!a==b", "!a == b"},
      {"!(a==b)", "!(a == b)"},
      {"!!a", "!!a"},
      {"!(-a)", "!(-a)"},
      {"a?b:c", "a ? b : c"},
      {"a?b:c?d:e", "a ? b : c ? d : e"},
      {"a?(b?c:d):e", "a ? (b ? c : d) : e"},
      {"(a?b:c)?d:e", "(a ? b : c) ? d : e"},
      {"a||b?c||d:e||f", "a || b ? c || d : e || f"},
      {"a<=b", "a <= b"},
      {"a>=b", "a >= b"},
      {"((((a))))", "a"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Canonical(c.text), c.canonical) << c.text;
    EXPECT_EQ(Canonical(c.canonical), c.canonical);
  }
}

TEST(ParserTest, MistakesAreNamedWithTheirPlace) {
  const struct {
    std::string text;
    const char* error;
  } cases[] = {
      {"", "0: expected a value, found the end"},
      {"  ", "2: expected a value, found the end"},
      {"a +", "3: expected a value, found the end"},
      {"a b", "2: expected an operator or the end, found \"b\""},
      {"a \"b\"", "2: expected an operator or the end, found a text literal"},
      {"a ? b", "5: expected \":\" for the \"?\" at offset 2, found the end"},
      {"a ? b, c", "5: expected \":\" for the \"?\" at offset 2, found \",\""},
      {"(a", "2: expected \")\" for the \"(\" at offset 0, found the end"},
      {"f(a", "3: expected \")\" for the \"(\" at offset 1, found the end"},
      {"f(a b)", "4: expected \")\" for the \"(\" at offset 1, found \"b\""},
      {"f(a,)", "4: expected a value, found \")\""},
      {"f(,a)", "2: expected a value, found \",\""},
      {"a)", "1: expected an operator or the end, found \")\""},
      {"a}", "1: expected an operator or the end, found \"}\""},
      {"()", "1: expected a value, found \")\""},
      {"a.", "2: expected a name behind \"a.\", found the end"},
      {"a.1", "2: expected a name behind \"a.\", found \"1\""},
      {"a.true", "2: expected a name behind \"a.\", found \"true\""},
      {"a.in", "2: expected a name behind \"a.\", found \"in\""},
      {".a", "0: expected a value, found \".\""},
      {"true.a", "4: expected an operator or the end, found \".\""},
      {"true(a)", "4: expected an operator or the end, found \"(\""},
      {"\"a\".b", "3: expected an operator or the end, found \".\""},
      {"f(a).b", "4: expected an operator or the end, found \".\""},
      {"(f)(a)", "3: expected an operator or the end, found \"(\""},
      {"null", "0: \"null\" is a reserved word, it cannot be a name"},
      {"in", "0: \"in\" is a reserved word, it cannot be a name"},
      {"package.a", "0: \"package\" is a reserved word, it cannot be a name"},
      {"while(a)", "0: \"while\" is a reserved word, it cannot be a name"},
      {"a in b", "2: expected an operator or the end, found \"in\""},
      {"has(1)", "4: has() takes a name, found \"1\""},
      {"has()", "4: has() takes a name, found \")\""},
      {"has(\"a\")", "4: has() takes a name, found a text literal"},
      {"has(a + b)",
       "6: has() takes one name and nothing else: expected \")\" for the \"(\" at offset 3, found "
       "\"+\""},
      {"has(a, b)",
       "5: has() takes one name and nothing else: expected \")\" for the \"(\" at offset 3, found "
       "\",\""},
      {"has(null)", "4: has() takes a name, found \"null\""},
      {"has(true)", "4: has() takes a name, found \"true\""},
      {"has(import)", "4: \"import\" is a reserved word, it cannot be a name"},
      {"a = b", "2: \"=\" is no operator; equality is \"==\""},
      {"a & b", "2: \"&\" is no operator; and is \"&&\""},
      {"a | b", "2: \"|\" is no operator; or is \"||\""},
      {"a * b", "2: \"*\" is not part of this language"},
      {"a / b", "2: \"/\" is not part of this language"},
      {"a % b", "2: \"%\" is not part of this language"},
      {"a[0]", "1: \"[\" is not part of this language"},
      {"{a}", "0: \"{\" is not part of this language"},
      {"a # b", "2: unexpected character \"#\""},
      {"a – b", "2: unexpected character \"–\""},
      {std::string("a\0b", 3), "1: unexpected control character 0x00"},
      {"!-a", "1: expected a value, found \"-\""},
      {"-!a", "1: expected a value, found \"!\""},
      {"+a", "0: expected a value, found \"+\""},
      {"1.5", "0: numbers with a fraction are not part of this language"},
      {"1.", "1: expected an operator or the end, found \".\""},
      {"12ab", "0: \"12ab\" is no integer"},
      {"0x", "0: \"0x\" is no integer"},
      {"0xg", "0: \"0xg\" is no integer"},
      {"1u", "0: \"1u\" is no integer"},
      {"1e3", "0: \"1e3\" is no integer"},
      {"9223372036854775808", "0: \"9223372036854775808\" does not fit an int (64 bits)"},
      {"a - 9223372036854775808", "4: \"9223372036854775808\" does not fit an int (64 bits)"},
      {"-9223372036854775809", "0: \"-9223372036854775809\" does not fit an int (64 bits)"},
      {"0x10000000000000000", "0: \"0x10000000000000000\" does not fit an int (64 bits)"},
      {"\"a", "0: the text literal has no end"},
      {"a + 'b\"", "4: the text literal has no end"},
      {"\"a\\\"", "0: the text literal has no end"},
      {"\"a\\", "0: the text literal has no end"},
      {"\"a\nb\"", "0: the text literal has no end on its line; a line break is \\n"},
      {"\"\"\"a\"\"\"", "0: text in triple quotes is not part of this language"},
      {"'''a'''", "0: text in triple quotes is not part of this language"},
      {"r\"a\"", "0: text literals have no prefix: \"r\" is not part of this language"},
      {"b'a'", "0: text literals have no prefix: \"b\" is not part of this language"},
      {"\"ab\\q\"", "3: unknown escape; a backslash is written \\\\"},
      {"\"\\x4\"", "1: \\x wants 2 hex digits"},
      {"\"\\u12g4\"", "1: \\u wants 4 hex digits"},
      {"\"\\U0001\"", "1: \\U wants 8 hex digits"},
      {"\"\\08\"", "1: an octal escape has three digits, \\000 to \\377"},
      {"\"\\400\"", "1: unknown escape; a backslash is written \\\\"},
      {"\"\\ud800\"", "1: the escape names no Unicode character"},
      {"\"\\U00110000\"", "1: the escape names no Unicode character"},
      {"\"ab\xff\"", "3: the text is not UTF-8"},
      {"\"\xed\xa0\x80\"", "1: the text is not UTF-8"},
      {"a + " + std::string(50, 'x') + " " + std::string(50, 'y'),
       "55: expected an operator or the end, found \"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…\""},
  };
  for (const auto& c : cases) EXPECT_EQ(Canonical(c.text), c.error) << c.text;
}

TEST(ParserTest, ReservedWordsAreNoNames) {
  for (const char* word :
       {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "namespace", "package", "return", "var", "void", "while", "null", "in"}) {
    EXPECT_EQ(Canonical(word),
              absl::StrCat("0: \"", word, "\" is a reserved word, it cannot be a name"));
  }
}

TEST(ParserTest, NestingIsLimited) {
  // The expression itself is the first level.
  const int most = static_cast<int>(kMaxExpressionDepth) - 1;
  const struct {
    const char* open;
    const char* close;
  } cases[] = {{"(", ")"}, {"f(", ")"}, {"!", ""}, {"-", ""}, {"a?b:", ""}, {"f(a?b:", ")"}};
  for (const auto& c : cases) {
    const int levels = std::string(c.open) == "f(a?b:" ? 2 : 1;
    EXPECT_THAT(Canonical(Times(most / levels, c.open) + "a" + Times(most / levels, c.close)),
                ::testing::Not(::testing::HasSubstr("nested")))
        << c.open;
    EXPECT_THAT(
        Canonical(Times(most / levels + 1, c.open) + "a" + Times(most / levels + 1, c.close)),
        ::testing::HasSubstr("the expression is nested more than 64 deep"))
        << c.open;
    // As much as fits.
    const int fit = static_cast<int>(kMaxExpressionSizeInBytes / std::string(c.open).size());
    EXPECT_THAT(Canonical(Times(fit, c.open)), ::testing::HasSubstr("nested more than 64 deep"));
  }
}

TEST(ParserTest, ChainsAreNoNesting) {
  for (const char* op : {"+a", "-a", "==a", "<a", "&&a", "||a"}) {
    const std::string chain = "a" + Times(500, op);
    EXPECT_EQ(Canonical(Canonical(chain)), Canonical(chain));
    EXPECT_THAT(Canonical(chain), ::testing::StartsWith("a "));
  }
}

TEST(ParserTest, PartsAreLimited) {
  // One for the chain.
  const int most = static_cast<int>(kMaxExpressionNodes) - 1;
  EXPECT_THAT(Canonical("a" + Times(most - 1, "+a")), ::testing::StartsWith("a + "));
  EXPECT_THAT(Canonical("a" + Times(most, "+a")),
              ::testing::HasSubstr(": the expression has more than 1024 parts"));
}

TEST(ParserTest, LengthIsLimited) {
  const std::string longest(kMaxExpressionSizeInBytes, 'a');
  EXPECT_EQ(Canonical(longest), longest);
  EXPECT_EQ(Canonical(longest + "a"), "4096: an expression has at most 4096 bytes, this has 4097");
}

}  // namespace
}  // namespace sessionbroker::login
