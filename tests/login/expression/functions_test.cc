#include "service/login/expression/functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "service/login/expression/limits.h"
#include "tests/login/expression/expression_testing.h"
#include "tests/login/expression/function_reference.h"

namespace sessionbroker::login {
namespace {

using ::testing::AnyOf;

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
      EXPECT_NE(overload.body == nullptr, overload.random_body == nullptr);
      if (function.flow == FlowRule::kDigests) {
        EXPECT_THAT(overload.result, AnyOf(Type::kBytes, Type::kText));
        EXPECT_THAT(overload.parameters,
                    ::testing::Each(AnyOf(Type::kBytes, Type::kText, Type::kInt)));
      }
      EXPECT_EQ(overload.random_body != nullptr, function.flow == FlowRule::kGenerates);
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
        arguments.push_back(type == Type::kText    ? Value::Text("")
                            : type == Type::kBytes ? Value::Bytes("")
                                                   : Value::Int(16));
      }
      const absl::StatusOr<Value> value = overload.body(arguments);
      ASSERT_TRUE(value.ok()) << value.status();
      EXPECT_GE(value->data().size(), 16u) << function.name;
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

// Each "`expression` is `value`" of the documentation.
std::vector<std::pair<std::string, std::string>> DocumentedExamples() {
  std::ifstream file("docs/providers.md");
  std::ostringstream text;
  text << file.rdbuf();
  std::vector<std::pair<std::string, std::string>> examples;
  const std::vector<std::string> spans = absl::StrSplit(text.str(), '`');
  for (std::size_t i = 1; i + 1 < spans.size(); ++i) {
    if (spans[i] != " is ") continue;
    // In a table a `|` is escaped.
    examples.emplace_back(absl::StrReplaceAll(spans[i - 1], {{"\\|", "|"}}), spans[i + 1]);
  }
  return examples;
}

TEST(FunctionsTest, EveryExampleOfTheDocumentationHasItsValue) {
  std::string expressions;
  for (const auto& [expression, value] : DocumentedExamples()) {
    absl::StrAppend(&expressions, expression, "\n");
    EXPECT_EQ(Show(Evaluate(expression)), Show(Evaluate(value))) << expression;
    EXPECT_TRUE(Evaluate(value).ok()) << value;
  }
  for (const Function& function : Functions()) {
    EXPECT_THAT(expressions, ::testing::HasSubstr(absl::StrCat(function.name, "(")));
  }
  for (const char* op : {" + ", " - ", "-", " == ", " != ", " < ", " <= ", " > ", " >= ", "!",
                         " && ", " || ", " ? "}) {
    EXPECT_THAT(expressions, ::testing::HasSubstr(op));
  }
}

TEST(FunctionsTest, TheLimitsInTheDocumentationAreThoseOfTheCode) {
  std::ifstream file("docs/providers.md");
  std::ostringstream text;
  text << file.rdbuf();
  const auto with_commas = [](int64_t number) {
    std::string digits = absl::StrCat(number);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, ",");
    return digits;
  };
  for (const std::string& limit :
       {absl::StrCat("At most ", with_commas(kMaxExpressionSizeInBytes), " bytes, ",
                     with_commas(kMaxExpressionNodes), " parts, ", kMaxExpressionDepth, " "),
        absl::StrCat("longer than\n  ", kMaxValueSizeInBytes >> 20, " MiB"),
        absl::StrCat("params have ", with_commas(kMaxParams), " pairs at most"),
        absl::StrCat("work of ", with_commas(kMaxEvaluationWork)),
        absl::StrCat("each pair of params ", kWorkOfParam)}) {
    EXPECT_THAT(text.str(), ::testing::HasSubstr(limit));
  }
}

TEST(FunctionsTest, SignaturesShowWhatMayBeLeftOut) {
  EXPECT_EQ(SignatureOf(*FindFunction("md5")), "md5(data: text or bytes[, times: int]) → bytes");
  EXPECT_EQ(SignatureOf(*FindFunction("form")), "form(value: text or params) → text or params");
  EXPECT_EQ(SignatureOf(*FindFunction("random_uuid")), "random_uuid() → text");
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
      // The same chains by hand, and in one; python3's hashlib has the values too.
      {R"(hex(md5("abc", 1)))", R"("900150983cd24fb0d6963f7d28e17f72")"},
      {R"(hex(md5("abc", 2)))", R"("af5da9f45af7a300e3aded972f8ff687")"},
      {R"(md5_hex("abc", 2))", R"("ec0405c5aef93e771cd80e0db180b88b")"},
      {R"(md5_hex(bytes("abc"), 2))", R"("ec0405c5aef93e771cd80e0db180b88b")"},
      {R"(sha512_hex("", 3))",
       R"("111b55a07597cabe04996109644c0d119175f935c42d254eea56b0b0360fa630)"
       R"(ef5f4344512827117f9020dd3d8277ce4efc9ad7dad075d99813ec50896582d2")"},
      {R"(hex(pbkdf2_sha1("", "", 1, 16)))", R"("1e437a1c79d75be61e91141dae20affc")"},
      {R"(hex(pbkdf2_sha512(bytes("p"), bytes("s"), 2, 128)))",
       R"("848f74be9002da07c6be2cb85f72ea25a0c8798dda876789960a627e3f48207d83529adc66b081e6a7fd4629530e5c6aa885eebac582e639d3a58be5bff852f389a12f3a2cb020e451db9300b1b434238d71af4982f4ce735a0687791d8bd9766443be2c21f00511b8182145d79ce1add62a95f803cb72e0195c360d834410d3")"},
      {R"(hex(pbkdf2_sha256("p", utf16le("s"), 3, 17)))",
       R"("296a77d2cdcec20178bab8ece8cb274c89")"},
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
      {R"x(form("~-._09azAZ!*'() "))x", R"("%7E-._09azAZ%21%2A%27%28%29+")"},
      {R"(group("", 2, ":"))", R"("")"},
      {R"(group("ab", 2, ":"))", R"("ab")"},
      {R"(group("abc", 2, ":"))", R"("ab:c")"},
      {R"(group("€😀a", 1, "--"))", R"("€--😀--a")"},
      {R"(group("abc", 9223372036854775807, ":"))", R"("abc")"},
      {R"(hex(latin1("\u00ff\x00")))", R"("ff00")"},
      {R"(latin1("") == bytes(""))", "true"},
      // Params.
      {R"(param("a", "1"))", R"(params("a": "1"))"},
      {R"(param("", ""))", R"(params("": ""))"},
      {R"(join(drop(param("a", "1"), "a"), "=", "&"))", R"("")"},
      {R"(join_values(drop(param("a", "1"), "a"), ","))", R"("")"},
      {R"(drop(param("a", "1") + param("A", "2"), "b"))", R"(params("a": "1", "A": "2"))"},
      {R"(drop_empty(param("", "1") + param("a", "") + param("b", " ")))",
       R"(params("": "1", "b": " "))"},
      {R"(sort_by_name(param("b", "1") + param("ž", "") + param("B", "") + param("b", "0")))",
       R"(params("B": "", "b": "1", "b": "0", "ž": ""))"},
      {R"(sort_by_name_and_value(param("b", "1") + param("b", "10") + param("b", "0")))",
       R"(params("b": "0", "b": "1", "b": "10"))"},
      {R"(value_of(param("a", "1") + param("a", "2"), "a"))", R"("1")"},
      {R"(form(param(" ", "~") + param("ž", "+")))", R"(params("+": "%7E", "%C5%BE": "%2B"))"},
      {R"(percent(param(" ", "~") + param("ž", "+")))", R"(params("%20": "~", "%C5%BE": "%2B"))"},
      {R"(param("a", "1") + param("b", "") == param("a", "1") + param("b", ""))", "true"},
      {R"(param("a", "1") == param("a", "1") + param("b", ""))", "false"},
      {R"(param("a", "1") == param("a", "2"))", "false"},
      {R"(param("a", "1") != param("b", "1"))", "true"},
      {R"(param("ab", "") == param("a", "b"))", "false"},
      // Random.
      {R"(size(random_bytes(8)) + size(random_bytes(256)))", "264"},
      {R"(size(random_text("0123456789abcdefghijklmnopqrstuvwxyzž", 256)))", "256"},
      {R"(size(replace(random_uuid(), "-", "")))", "32"},
      {R"(size(from_hex(replace(random_uuid(), "-", ""))))", "16"},
      {R"(random_text("0123456789", 32) == random_text("0123456789", 32))", "false"},
      {R"(random_uuid() == random_uuid())", "false"},
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
      {R"x(format_time(timestamp(1709227800), "%a, %d %b %Y %H:%M:%S GMT"))x",
       R"("Thu, 29 Feb 2024 17:30:00 GMT")"},
      {R"x(format_time(timestamp(1709227800), "%j %y %e %I %p %A %B %F %T %R %s %z %Z %Ez %%"))x",
       R"("060 24 29 05 PM Thursday February 2024-02-29 17:30:00 17:30 1709227800 +0000 UTC )"
       R"(+00:00 %")"},
      {R"x(format_time(timestamp("2024-02-29T12:00:00.12345Z"), "%E*S %E3S %E4Y %E2f %E*f"))x",
       R"("00.12345 00.123 2024 12 12345")"},
      {R"x(format_time(timestamp(0), ""))x", R"("")"},
      {R"x(rfc3339(parse_time("2024-02-29", "%Y-%m-%d")))x", R"("2024-02-29T00:00:00Z")"},
      {R"x(unix_ms(parse_time("1709227800.5", "%s.5") + milliseconds(500)))x", "1709227800500"},
      {R"x(rfc3339(parse_time("5:30 PM", "%I:%M %p")))x", R"("1970-01-01T17:30:00Z")"},
      // Another epoch: seconds since 2009-01-01.
      {R"(rfc3339(timestamp("2009-01-01T00:00:00Z") + seconds(475583400)))",
       R"("2024-01-27T10:30:00Z")"},
      {R"(unix(timestamp(1706351400)) - unix(timestamp("2009-01-01T00:00:00Z")))", "475583400"},
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
      {R"(column(token, "", 0))", "column() at offset 0: the separator is empty"},
      {R"(group("abc", 0, ":"))", "group() at offset 0: size is 0, not 1 or more"},
      {R"(latin1("€"))", "latin1() at offset 0: the text has a character that is not in Latin-1"},
      {R"(md5("abc", 0))", "md5() at offset 0: times is 0, not 1 or more"},
      {R"(sha1_hex("abc", -1))", "sha1_hex() at offset 0: times is -1, not 1 or more"},
      {R"(pbkdf2_sha1("a", "b", 0, 16))",
       "pbkdf2_sha1() at offset 0: iterations is 0, not 1 or more"},
      {R"(pbkdf2_sha1("a", "b", 1, 15))", "pbkdf2_sha1() at offset 0: length is 15, not 16 to 128"},
      {R"(pbkdf2_sha1("a", "b", 1, 129))",
       "pbkdf2_sha1() at offset 0: length is 129, not 16 to 128"},
      {R"(value_of(fresh_params, "b"))", "value_of() at offset 0: the params have no such name"},
      {"random_bytes(7)", "random_bytes() at offset 0: size is 7, not 8 to 256"},
      {"random_bytes(257)", "random_bytes() at offset 0: size is 257, not 8 to 256"},
      {R"(random_text("0123456789", 7))", "random_text() at offset 0: size is 7, not 8 to 256"},
      {R"(random_text("012345678", 8))",
       "random_text() at offset 0: an alphabet has 10 to 256 characters"},
      {R"(random_text("", 8))", "random_text() at offset 0: an alphabet has 10 to 256 characters"},
      {R"(random_text("00123456789", 8))",
       "random_text() at offset 0: an alphabet has no character twice"},
      {R"(format_time(timestamp(0), "%H:%Q"))",
       "format_time() at offset 0: the format has an unknown field at offset 3"},
      {R"(format_time(timestamp(0), "%"))",
       "format_time() at offset 0: the format has an unknown field at offset 0"},
      {R"(format_time(timestamp(0), "%c%x"))",
       "format_time() at offset 0: the format has an unknown field at offset 0"},
      {R"(format_time(timestamp(0), "%E99S"))",
       "format_time() at offset 0: the format has an unknown field at offset 0"},
      {R"(parse_time("2024", "%Y-%m"))",
       "parse_time() at offset 0: the text is not a time in this format"},
      {R"(parse_time(" 2024", "%Y"))",
       "parse_time() at offset 0: the text is not a time in this format"},
      {R"(parse_time("2024 ", "%Y"))",
       "parse_time() at offset 0: the text is not a time in this format"},
      {R"(parse_time("2024", "%Q"))",
       "parse_time() at offset 0: the format has an unknown field at offset 0"},
      {R"(parse_time("infinite-future", "%Y"))",
       "parse_time() at offset 0: the text is not a time in this format"},
      {R"(parse_time("", ""))", "parse_time() at offset 0: the text is not a time in this format"},
      {R"(parse_time("-5", "%Y"))",
       "parse_time() at offset 0: the time is not within the years 1 to 9999"},
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
    return Evaluate(*Expression::Compile(text, TestScope(), &errors), bindings);
  };
  // `printf 'hesl\363' | openssl md5`.
  EXPECT_EQ(Show(evaluate("hex(md5(secret.key))")), "\"85da6c991440dfabe36c0f28d1c181b6\"");
  EXPECT_EQ(Show(evaluate("hex(bytes(secret.key))")), "\"6865736cf3\"");
  EXPECT_EQ(Show(evaluate("percent(secret.key)")), "\"hesl%F3\"");
  for (const char* text :
       {"utf16le(secret.key)", "latin1(secret.key)", "substring(secret.key, 0)", "size(secret.key)",
        "group(secret.key, 1, '')", "random_text(secret.key, 8)"}) {
    EXPECT_THAT(Show(evaluate(text)), ::testing::HasSubstr("the text is not UTF-8")) << text;
  }
}

}  // namespace
}  // namespace sessionbroker::login
