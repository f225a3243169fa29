#include "service/config/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sessionbroker::config {
namespace {

using Kind = YamlNode::Kind;

// JSON-like: plain scalars as they are, quoted ones in quotes, each with line:column.
std::string Show(const YamlNode& node) {
  const std::string at = absl::StrCat("@", node.position.line, ":", node.position.column);
  switch (node.kind) {
    case Kind::kNull:
      return absl::StrCat(node.text.empty() ? "nothing" : "null", at);
    case Kind::kScalar:
      return node.quoted ? absl::StrCat("\"", node.text, "\"", at) : absl::StrCat(node.text, at);
    case Kind::kRefused:
      return absl::StrCat("refused", at);
    case Kind::kSequence: {
      std::string text = absl::StrCat("[", at);
      for (const YamlNode& item : node.items) absl::StrAppend(&text, " ", Show(item));
      return text + "]";
    }
    case Kind::kMapping: {
      std::string text = absl::StrCat("{", at);
      for (const YamlMember& member : node.members) {
        absl::StrAppend(&text, " ", member.key, ":", Show(member.value));
      }
      return text + "}";
    }
  }
  return "?";
}

// The tree, or the mistakes.
std::string Parse(const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<YamlNode> root = ParseYaml("f", text, &diagnostics);
  const std::string mistakes = diagnostics.ToString();
  if (!root.has_value()) return mistakes;
  return mistakes.empty() ? Show(*root) : absl::StrCat(mistakes, Show(*root));
}

TEST(ParseYaml, ReadsScalarsAsText) {
  EXPECT_EQ(Parse("a: 010\nb: 'x'\nc: \"y\\n\"\nd: |\n  z\ne: yes\n"),
            "{@1:1 a:010@1:4 b:\"x\"@2:4 c:\"y\n\"@3:4 d:\"z\n\"@4:4 e:yes@6:4}");
}

TEST(ParseYaml, TellsNothingFromNull) {
  EXPECT_EQ(Parse("a:\nnullable: ~\nb: null\nc: NULL\nd: [null, ~]\ne:\n"),
            "{@1:1 a:nothing@1:1 nullable:null@2:11 b:null@3:4 c:null@4:4 "
            "d:[@5:4 null@5:5 null@5:11] e:nothing@6:1}");
  EXPECT_EQ(Parse("- null-ish\n-\n- 'null'\n- {a, b: }\n"),
            "[@1:1 null-ish@1:3 nothing@1:1 \"null\"@3:3 {@4:3 a:nothing@4:4 b:nothing@4:7}]");
}

TEST(ParseYaml, TakesOneDocumentWithMarkers) {
  EXPECT_EQ(Parse("# c\n---\na: 1\n...\n# d\n"), "{@3:1 a:1@3:4}");
  EXPECT_EQ(Parse("%YAML 1.2\n---\na: 1\n"), "{@3:1 a:1@3:4}");
}

TEST(ParseYaml, AFileWithoutADocumentIsNothing) {
  EXPECT_EQ(Parse(""), "nothing@0:0");
  EXPECT_EQ(Parse("# only\n#comments\n"), "nothing@0:0");
}

TEST(ParseYaml, ByteOrderMarkAndCarriageReturnsMakeNoDifference) {
  const std::string text = "a:\n  - |\n    x\n    y\n  - \"p\n    q\"\n  - p\n    q\nb: 'c' # d\n";
  const std::string tree = Parse(text);
  EXPECT_EQ(tree, "{@1:1 a:[@2:3 \"x\ny\n\"@2:5 \"p q\"@5:5 p q@7:5] b:\"c\"@9:4}");
  EXPECT_EQ(Parse("\xEF\xBB\xBF" + text), tree);
  EXPECT_EQ(Parse(absl::StrReplaceAll(text, {{"\n", "\r\n"}})), tree);
}

TEST(ParseYaml, CountsColumnsInBytes) {
  EXPECT_EQ(Parse("\xC3\xA9: {\xC3\xBC: x}\n"), "{@1:1 \xC3\xA9:{@1:5 \xC3\xBC:x@1:10}}");
}

struct TreeMistake {
  std::string yaml;
  std::string expected;
};

TEST(ParseYaml, WhatIsRefusedIsTakenOutAndTheRestIsRead) {
  const TreeMistake mistakes[] = {
      {"a: 1\nb: {c: 2, c: 3}\na: 4\n",
       "f:2:11: b.c: the key is already on line 2\n"
       "f:3:1: a: the key is already on line 1\n"
       "{@1:1 a:1@1:4 b:{@2:4 c:2@2:8}}"},
      {"a: 1\n'a': 2\n", "f:2:1: a: the key is already on line 1\n{@1:1 a:1@1:4}"},
      {"a: {[x, y]: 1, b: 2}\n", "f:1:5: a: a key must be text\n{@1:1 a:{@1:4 b:2@1:19}}"},
      {"? {a: 1}\n: 2\nb: 3\n", "f:1:3: a key must be text\n{@1:1 b:3@3:4}"},
      {"~: 1\nnull: 2\n: 3\n\"\": 4\n",
       "f:1:1: a key must be text\nf:2:1: a key must be text\nf:3:1: a key must be text\n"
       "{@1:1 :4@4:5}"},
      {"a: &x 1\nb: [*x]\n",
       "f:1:4: a: anchors are not read; quote a text that begins with \"&\"\n"
       "f:2:5: b[0]: aliases are not read; quote a text that begins with \"*\"\n"
       "{@1:1 a:1@1:4 b:[@2:4 refused@2:5]}"},
      {"a: &x {b: 1}\nc: &y\nd: {<<: *x, e: 2}\n",
       "f:1:4: a: anchors are not read; quote a text that begins with \"&\"\n"
       "f:2:4: c: anchors are not read; quote a text that begins with \"&\"\n"
       "f:3:5: d: merge keys are not read; write the fields out\n"
       "f:3:9: d.<<: aliases are not read; quote a text that begins with \"*\"\n"
       "{@1:1 a:{@1:4 b:1@1:11} c:nothing@2:1 d:{@3:4 e:2@3:16}}"},
      {"\"<<\": 1\n", "{@1:1 <<:1@1:7}"},
      {"a: !!str 1\nb: !x {c: ! d}\n!!int e: 1\nf: !!null\n",
       "f:1:4: a: tags are not read; quote a text that begins with \"!\"\n"
       "f:2:4: b: tags are not read; quote a text that begins with \"!\"\n"
       "f:2:11: b.c: tags are not read; quote a text that begins with \"!\"\n"
       "f:3:1: tags are not read; quote a text that begins with \"!\"\n"
       "f:4:4: f: tags are not read; quote a text that begins with \"!\"\n"
       "{@1:1 a:refused@1:4 b:{@2:4 c:refused@2:11} f:refused@4:4}"},
  };
  for (const TreeMistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.yaml);
    EXPECT_EQ(Parse(mistake.yaml), mistake.expected);
  }
}

TEST(ParseYaml, WhatIsNoYamlIsExplained) {
  const TreeMistake mistakes[] = {
      {"a: 1\n---\nb: 2\n", "f:2:1: a second document begins here; expected one document a file\n"},
      {"a: 1\n---\n", "f:2:1: a second document begins here; expected one document a file\n"},
      {"a: 1\n... b\n", "f:2:5: expected the end of the file; check the indentation\n"},
      {"a:\n\tb: 1\n", "f:2: a tab in the indentation; indent with spaces\n"},
      {"a:\n  b: 1\n\tc: 2\n", "f:3: a.b: a tab in the indentation; indent with spaces\n"},
      {"a: [1, 2\n", "f:1:4: a[2]: expected \",\" or \"]\" in the sequence that begins here\n"},
      {"a: {b: 1\n", "f:1:4: a: expected \",\" or \"}\" in the mapping that begins here\n"},
      {"a: 1\n- b\n", "f:2:1: expected a key of the mapping that begins at line 1, column 1\n"},
      {"a: 'it' is\n", "f:1:9: expected a key of the mapping that begins at line 1, column 1\n"},
      {"- a\nb: 1\n", "f:2:1: expected the end of the file; check the indentation\n"},
      {"a: b: c\n",
       "f:1:5: \":\" does not fit here: check the indentation, and quote a text that "
       "contains \": \"\n"},
      {"a: 1\n  b: 2\n",
       "f:2:4: \":\" does not fit here: check the indentation, and quote a text "
       "that contains \": \"\n"},
      {"a: - b\n", "f:1:4: a: \"- \" does not fit here: check the indentation\n"},
      {"a: b ]\n]\n", "f:2:1: a closing bracket without an opening one\n"},
      {"a: @b\n", "f:1:4: a: a text cannot begin with this character unless it is quoted\n"},
      {"a: \"b\nc: d\n", "f:1:4: a: the quoted text that begins here has no end\n"},
      {"a: 'b''\nc: \"d\"\n", "f:1:4: a: the quoted text that begins here has no end\n"},
      {"a: \"b\\\"\n", "f:1:4: a: the quoted text that begins here has no end\n"},
      {"a: \"b", "f:1:6: a: the file ends within a quoted text\n"},
      {"a: \"b\n---\nc\"\n",
       "f:2:1: a: \"---\" or \"...\" at the beginning of a line within a quoted text\n"},
      {"a: \"\\q\"\n", "f:1:7: a: an unknown escape; write \\\\ for \\, or use single quotes\n"},
      {"a: \"\\ud800\"\n", "f:1:11: a: an escape that is no character of Unicode\n"},
      {"a: \"\\xzz\"\n", "f:1:9: a: an escape with a digit that is not hexadecimal\n"},
      {"a: *b\n", "f:1:4: a: aliases are not read; quote a text that begins with \"*\"\n"},
      {"a: !<b\n", "f:1:7: a: tags are not read; quote a text that begins with \"!\"\n"},
      {"%YAML x\n---\na: 1\n", "f:1:1: not YAML: bad YAML version\n"},
  };
  for (const TreeMistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.yaml);
    EXPECT_EQ(Parse(mistake.yaml), mistake.expected);
  }
}

TEST(ParseYaml, OnlyTextInUtf8IsRead) {
  using std::string_literals::operator""s;
  const TreeMistake mistakes[] = {
      {"a: 1\nb: \xC3\x28\n", "f:2:4: expected UTF-8, found the byte 0xc3\n"},
      {"a: \xED\xA0\x80\n", "f:1:4: expected UTF-8, found the byte 0xed\n"},
      {"a: \xF5\x80\x80\x80\n", "f:1:4: expected UTF-8, found the byte 0xf5\n"},
      {"\xFF\xFE\x61\x00"s, "f:1:1: expected UTF-8, found the byte 0xff\n"},
      {"a\0:\0"s, "f:1:2: expected text, found the control character 0x00\n"},
      {"a: b\x04 c\n", "f:1:5: expected text, found the control character 0x04\n"},
      {"a: b\x7F\n", "f:1:5: expected text, found the control character 0x7f\n"},
      {"a: 1\rb: 2\r", "f:1:5: expected text, found the control character 0x0d\n"},
      {"a: \xF0\x9F\x98\x80\xE2\x82\xAC\n", "{@1:1 a:\xF0\x9F\x98\x80\xE2\x82\xAC@1:4}"},
  };
  for (const TreeMistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.yaml);
    EXPECT_EQ(Parse(mistake.yaml), mistake.expected);
  }
}

TEST(ParseYaml, NestsAsDeepAsAllowedAndNoDeeper) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(Parse(nested(kMaxYamlDepth)).substr(0, 2), "[@");
  const std::string too_deep = Parse(nested(kMaxYamlDepth + 1));
  EXPECT_THAT(too_deep, ::testing::StartsWith("f:1:33: [0][0]"));
  EXPECT_THAT(too_deep, ::testing::EndsWith(": nested too deeply: at most 32 levels\n"));
  EXPECT_THAT(Parse(std::string(100'000, '[')), ::testing::HasSubstr("nested too deeply"));
}

TEST(ParseYaml, TakesAsManyValuesAsAllowedAndNoMore) {
  // The sequence counts.
  std::string text;
  for (std::size_t i = 1; i < kMaxYamlValues; ++i) text += "-\n";
  EXPECT_EQ(Parse(text).substr(0, 2), "[@");
  EXPECT_EQ(Parse(text + "-\n"), "f:1:1: too many values: at most 250000\n");
}

TEST(ParseYaml, TakesFilesUpToTheLimitAndNoLarger) {
  const auto padded = [](std::size_t size) {
    const std::string text = "a: 1\n#";
    return text + std::string(size - text.size(), 'x');
  };
  EXPECT_EQ(Parse(padded(kMaxYamlBytes)), "{@1:1 a:1@1:4}");
  EXPECT_EQ(Parse(padded(kMaxYamlBytes + 1)),
            "f: the file is too large: at most 4194304 bytes, found 4194305\n");
}

}  // namespace
}  // namespace sessionbroker::config
