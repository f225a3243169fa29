#include "service/login/expression/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/login/expression/expression_testing.h"
#include "tests/login/expression/function_reference.h"

namespace sessionbroker::login {
namespace {

TEST(FunctionsTest, EveryExampleHasItsValue) {
  for (const Function& function : Functions()) {
    EXPECT_FALSE(function.examples.empty()) << function.name;
    for (const FunctionExample& example : function.examples) {
      const absl::StatusOr<Value> expected = Evaluate(example.value);
      ASSERT_TRUE(expected.ok()) << example.value << ": " << expected.status();
      EXPECT_EQ(Show(Evaluate(example.expression)), Show(expected)) << example.expression;
      EXPECT_THAT(example.expression, ::testing::HasSubstr(absl::StrCat(function.name, "(")));
    }
  }
}

TEST(FunctionsTest, TheTableIsConsistent) {
  std::set<std::string> names;
  for (const Function& function : Functions()) {
    SCOPED_TRACE(function.name);
    EXPECT_TRUE(names.insert(function.name).second);
    EXPECT_NE(function.name, std::string("has"));
    EXPECT_EQ(FindFunction(function.name), &function);
    ASSERT_FALSE(function.overloads.empty());
    std::set<std::vector<Type>> parameters;
    for (const Overload& overload : function.overloads) {
      EXPECT_LE(overload.parameters.size(), function.parameters.size());
      EXPECT_TRUE(parameters.insert(overload.parameters).second);
      EXPECT_EQ(overload.result, function.overloads.front().result);
      EXPECT_NE(overload.body, nullptr);
      if (function.flow == FlowRule::kDigests) {
        EXPECT_EQ(overload.result, Type::kBytes);
      }
    }
  }
  EXPECT_EQ(FindFunction("nonsense"), nullptr);
}

TEST(FunctionsTest, DigestsAreAtLeastSixteenBytesLong) {
  // What is fresh in a digest's input is then fresh enough in the digest.
  for (const Function& function : Functions()) {
    if (function.flow != FlowRule::kDigests) continue;
    for (const Overload& overload : function.overloads) {
      std::vector<Value> arguments;
      for (const Type type : overload.parameters) {
        arguments.push_back(type == Type::kText ? Value::Text("") : Value::Bytes(""));
      }
      const absl::StatusOr<Value> value = overload.body(arguments);
      ASSERT_TRUE(value.ok()) << value.status();
      EXPECT_GE(value->bytes().size(), 16u) << function.name;
    }
  }
}

TEST(FunctionsTest, TheReferenceInTheDocumentationIsThisTable) {
  std::ifstream file("docs/providers.md");
  std::ostringstream text;
  text << file.rdbuf();
  ASSERT_FALSE(text.str().empty()) << "docs/providers.md is read from the source directory";
  EXPECT_THAT(text.str(), ::testing::HasSubstr(FunctionReference()))
      << "put what print_function_reference prints into its chapter \"Functions\"";
}

TEST(FunctionsTest, SignaturesShowWhatMayBeLeftOut) {
  EXPECT_EQ(SignatureOf(*FindFunction("md5")), "md5(data: text or bytes) → bytes");
  EXPECT_EQ(SignatureOf(*FindFunction("hmac_sha1")),
            "hmac_sha1(key: text or bytes, message: text or bytes) → bytes");
  EXPECT_EQ(SignatureOf(*FindFunction("substring")),
            "substring(text: text, start: int[, end: int]) → text");
}

TEST(FunctionsTest, ValuesBeyondTheExamples) {
  const struct {
    const char* expression;
    const char* value;
  } cases[] = {
      // Text and bytes are the same to a digest, and hex and raw digests chain differently:
      // `printf abc | openssl md5 -binary | openssl md5`, `printf abc | openssl md5 -r | …`.
      {R"(hex(md5(bytes("abc"))))", R"("900150983cd24fb0d6963f7d28e17f72")"},
      {R"(hex(md5(md5("abc"))))", R"("af5da9f45af7a300e3aded972f8ff687")"},
      {R"(hex(md5(hex(md5("abc")))))", R"("ec0405c5aef93e771cd80e0db180b88b")"},
      {R"(hex(hmac_sha256(from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), "Hi There")))",
       R"("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")"},
      {R"(hex(hmac_sha256("", bytes(""))))",
       R"("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")"},
      // Nothing in, nothing out.
      {R"(hex(bytes("")))", R"("")"},
      {R"(from_hex("") == bytes(""))", "true"},
      {R"(base64(bytes("")) + base64url(bytes("")))", R"("")"},
      {R"(utf8(from_base64("")))", R"("")"},
      {R"(utf16le("") == bytes(""))", "true"},
      {R"(percent(""))", R"("")"},
      {R"(upper("") + lower(""))", R"("")"},
      {R"(size(""))", "0"},
      // Numbers.
      {"string(9223372036854775807)", R"("9223372036854775807")"},
      {"string(-9223372036854775808)", R"("-9223372036854775808")"},
      {R"(int("-9223372036854775808"))", "-9223372036854775808"},
      {R"(int("0"))", "0"},
      {R"(int("-0"))", "0"},
      {R"(int("0009"))", "9"},
      {"string(false)", R"("false")"},
      // Text.
      {R"(substring("abc", 0))", R"("abc")"},
      {R"(substring("abc", 3))", R"("")"},
      {R"(substring("abc", 1, 1))", R"("")"},
      {R"(substring("", 0, 0))", R"("")"},
      {R"(substring("€😀a", 1, 2))", R"("😀")"},
      {R"(replace("aaa", "aa", "b"))", R"("ba")"},
      {R"(replace("abc", "d", "e"))", R"("abc")"},
      {R"(replace("aaa", "a", "aa"))", R"("aaaaaa")"},
      {R"(replace("", "a", "b"))", R"("")"},
      {R"(column("a,b,,c", ",", 0))", R"("a")"},
      {R"(column("a,b,,c", ",", 2))", R"("")"},
      {R"(column("a,b,,c", ",", 3))", R"("c")"},
      {R"(column("a::b", "::", 1))", R"("b")"},
      {R"(column("", ",", 0))", R"("")"},
      {R"x(percent("~-._09azAZ!*'()"))x", R"("~-._09azAZ%21%2A%27%28%29")"},
      // Time; `date -u -d …`.
      {R"(timestamp("1970-01-01T00:00:00Z") == timestamp(0))", "true"},
      {R"(timestamp("0001-01-01T00:00:00Z") == timestamp(-62135596800))", "true"},
      {R"(timestamp("9999-12-31T23:59:59Z") == timestamp(253402300799))", "true"},
      {R"(unix(timestamp("1969-12-31T23:59:59.5Z")))", "-1"},
      {R"(unix_ms(timestamp("1969-12-31T23:59:59.9995Z")))", "-1"},
      {R"(rfc3339(timestamp("1969-12-31T23:59:59.5Z")))", R"("1969-12-31T23:59:59Z")"},
      {"rfc3339(timestamp(-62135596800))", R"("0001-01-01T00:00:00Z")"},
      {"rfc3339(timestamp(253402300799))", R"("9999-12-31T23:59:59Z")"},
      {R"(unix(timestamp("2009-01-01T00:00:00Z")))", "1230768000"},
      {R"(unix(timestamp("2024-02-29T12:00:00-05:30")))", "1709227800"},
  };
  for (const auto& c : cases) EXPECT_EQ(Show(Evaluate(c.expression)), c.value) << c.expression;
}

TEST(FunctionsTest, ValuesThatAFunctionIsNotMadeFor) {
  const struct {
    const char* expression;
    const char* error;
  } cases[] = {
      {"utf8(raw_bytes)", "utf8() at offset 0: the bytes are not UTF-8"},
      {R"(hex(from_hex("abc")))",
       "from_hex() at offset 4: hex text has an even number of digits, not 3"},
      {R"(from_hex("zz"))", "from_hex() at offset 0: no hex digit at offset 0"},
      {R"(from_base64("Zg"))",
       "from_base64() at offset 0: base64 text has a multiple of 4 characters, not 2"},
      {R"(from_base64("Zh=="))",
       "from_base64() at offset 0: base64 text has stray bits in its last digit"},
      {R"(from_base64url("Zg=="))", "from_base64url() at offset 0: no base64 digit at offset 2"},
      {R"(from_base64url("A"))",
       "from_base64url() at offset 0: base64 text ends with a lone digit"},
      {R"(int(""))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int("-"))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int("+1"))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int(" 1"))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int("1 "))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int("0x1"))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int("1.0"))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int("never"))", "int() at offset 0: the text is not a decimal integer"},
      {R"(int("9223372036854775808"))",
       "int() at offset 0: the number does not fit an int (64 bits)"},
      {R"(substring("abc", 4))",
       "substring() at offset 0: start and end are not in order within the text"},
      {R"(substring("abc", -1))",
       "substring() at offset 0: start and end are not in order within the text"},
      {R"(substring("abc", 2, 1))",
       "substring() at offset 0: start and end are not in order within the text"},
      {R"(substring("abc", 0, 4))",
       "substring() at offset 0: start and end are not in order within the text"},
      {R"(replace("abc", "", "x"))", "replace() at offset 0: the part to replace is empty"},
      {R"(column("abc", "", 0))", "column() at offset 0: the separator is empty"},
      {R"(column("a,b", ",", 2))", "column() at offset 0: the text has no such column"},
      {R"(column("a,b", ",", -1))", "column() at offset 0: the text has no such column"},
      {R"(column("a,b", ",", 9223372036854775807))",
       "column() at offset 0: the text has no such column"},
      {"seconds(315576000001)",
       "seconds() at offset 0: the duration is longer than 315,576,000,000 s"},
      {"seconds(-9223372036854775808)",
       "seconds() at offset 0: the duration is longer than 315,576,000,000 s"},
      {"milliseconds(9223372036854775807)",
       "milliseconds() at offset 0: the duration is longer than 315,576,000,000 s"},
      {"timestamp(253402300800)",
       "timestamp() at offset 0: the time is not within the years 1 to 9999"},
      {"timestamp(-62135596801)",
       "timestamp() at offset 0: the time is not within the years 1 to 9999"},
      {"timestamp(9223372036854775807)",
       "timestamp() at offset 0: the time is not within the years 1 to 9999"},
      {R"(timestamp("never"))", "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp("infinite-future"))",
       "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp("2024-02-30T00:00:00Z"))",
       "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp("2024-02-29T00:00:00"))",
       "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp("2024-02-29 00:00:00Z"))",
       "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp("2024-2-29T00:00:00Z"))",
       "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp(" 2024-02-29T00:00:00Z"))",
       "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp("2024-02-29T00:00:00Z "))",
       "timestamp() at offset 0: the text is not an RFC 3339 time"},
      {R"(timestamp(""))", "timestamp() at offset 0: the text is not an RFC 3339 time"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Show(Evaluate(c.expression)), absl::StrCat("INVALID_ARGUMENT: ", c.error))
        << c.expression;
  }
}

TEST(FunctionsTest, TextThatIsNotUtf8IsRefusedWhereCharactersCount) {
  // A secret from a file may be any bytes. Digests take it as it is; only what counts characters
  // or changes their encoding cannot.
  const Value latin1 = Value::Text("hesl\xf3");
  Bindings bindings = {{"secret.key", latin1}};
  const auto evaluate = [&bindings](absl::string_view text) {
    std::vector<ExpressionError> errors;
    return Expression::Compile(text, TestScope(), &errors)->Evaluate(bindings);
  };
  // `printf 'hesl\363' | openssl md5`.
  EXPECT_EQ(Show(evaluate("hex(md5(secret.key))")), "\"85da6c991440dfabe36c0f28d1c181b6\"");
  EXPECT_EQ(Show(evaluate("hex(bytes(secret.key))")), "\"6865736cf3\"");
  EXPECT_EQ(Show(evaluate("percent(secret.key)")), "\"hesl%F3\"");
  for (const char* text : {"utf16le(secret.key)", "substring(secret.key, 0)", "size(secret.key)"}) {
    EXPECT_THAT(Show(evaluate(text)), ::testing::HasSubstr("the text is not UTF-8")) << text;
  }
}

}  // namespace
}  // namespace sessionbroker::login
