// docs/providers.md against what it describes.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "service/config/diagnostics.h"
#include "service/config/scalars.h"
#include "service/login/answer.h"
#include "service/login/compiler.h"
#include "service/login/definitions.h"
#include "service/login/request_builder.h"
#include "service/login/source.h"
#include "sessionbroker/definition/v1/definition.pb.h"

namespace sessionbroker::login {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using ::testing::HasSubstr;

std::string Documentation() {
  std::ifstream file("docs/providers.md");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The names that a definition may use, of `message` and of all that it holds.
void CollectNames(const Descriptor& message, std::set<std::string>* names,
                  std::set<std::string>* seen) {
  // A Node is written as any YAML.
  if (message.name() == "Node" || message.name() == "Duration") return;
  if (!seen->insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    // The keys of mappings, and values that stand for the whole.
    if (field.name() != "name" && message.name() != "Field") names->insert(field.name());
    if (field.message_type() != nullptr) CollectNames(*field.message_type(), names, seen);
  }
}

TEST(DocumentationTest, EveryFieldIsDescribed) {
  std::set<std::string> names;
  std::set<std::string> seen;
  CollectNames(*definition::v1::Definition::descriptor(), &names, &seen);
  ASSERT_GT(names.size(), 40u);
  const std::string text = Documentation();
  for (const std::string& name : names) EXPECT_THAT(text, HasSubstr(absl::StrCat("`", name, "`")));
}

TEST(DocumentationTest, EveryValueOfAnEnumIsDescribed) {
  const std::string text = Documentation();
  for (const EnumDescriptor* type :
       {definition::v1::Outcome_descriptor(), definition::v1::ValueType_descriptor(),
        definition::v1::Binding_descriptor(), definition::v1::SequenceUnit_descriptor()}) {
    for (const std::string& name : config::NamesInYaml(*type)) {
      EXPECT_THAT(text, HasSubstr(absl::StrCat("`", name, "`"))) << type->full_name();
    }
  }
}

// What stands in code marks, in order.
std::vector<std::string> CodeIn(absl::string_view cell) {
  const std::vector<std::string> parts = absl::StrSplit(cell, '`');
  std::vector<std::string> code;
  for (std::size_t i = 1; i < parts.size(); i += 2) code.push_back(parts[i]);
  return code;
}

// "HTTP 204", "NAME: VALUE" for a header, or a body.
http::Response ResponseOf(const std::string& written) {
  http::Response response;
  response.status = 200;
  std::string name;
  std::string value;
  if (RE2::FullMatch(written, "HTTP ([0-9]+)", &response.status)) return response;
  if (RE2::FullMatch(written, "([A-Z][A-Za-z-]+): (.*)", &name, &value)) {
    response.headers.push_back(http::Header{name, value});
  } else {
    response.body = written;
  }
  return response;
}

TEST(DocumentationTest, EverySourceIsShownWithAnExampleThatIsTrue) {
  const std::string text = Documentation();
  const std::string head = "| Source | What | Of this | gives |\n|---|---|---|---|\n";
  const std::size_t begin = text.find(head);
  ASSERT_NE(begin, std::string::npos);
  std::set<Selector::Kind> shown;
  for (const absl::string_view row : absl::StrSplit(text.substr(begin + head.size()), '\n')) {
    if (!absl::StartsWith(row, "|")) break;
    const std::vector<std::string> cells = absl::StrSplit(row, " | ");
    ASSERT_EQ(cells.size(), 4u) << row;
    const std::vector<std::string> answer = CodeIn(cells[2]);
    const std::vector<std::string> gives = CodeIn(cells[3]);
    ASSERT_EQ(answer.size(), 1u) << row;
    ASSERT_TRUE(!gives.empty() && gives.size() % 2 == 0) << row;
    for (std::size_t i = 0; i < gives.size(); i += 2) {
      const absl::StatusOr<Source> source = Source::Parse(gives[i]);
      ASSERT_TRUE(source.ok()) << source.status();
      for (const Selector& selector : source->selectors()) shown.insert(selector.kind);
      const std::vector<Source> sources = {*source};
      const Answer found = Answer::Read(ResponseOf(answer[0]), sources);
      ASSERT_NE(found.Find(*source), nullptr) << row;
      EXPECT_EQ(found.Find(*source)->text, gives[i + 1]) << row;
    }
  }
  EXPECT_EQ(shown.size(), static_cast<std::size_t>(Selector::Kind::kBody) + 1);
}

// The lines of `block`, each after `indent` spaces.
std::string Indented(absl::string_view block, int indent) {
  std::string out;
  for (const absl::string_view line : absl::StrSplit(block, '\n')) {
    if (!line.empty()) absl::StrAppend(&out, std::string(indent, ' '), line, "\n");
  }
  return out;
}

std::shared_ptr<const Program> Load(const std::string& yaml) {
  config::Diagnostics diagnostics;
  std::shared_ptr<const Program> program = LoadDefinition("docs", yaml, &diagnostics);
  EXPECT_NE(program, nullptr) << diagnostics.ToString() << yaml;
  return program;
}

TEST(DocumentationTest, EveryBodyIsSentAsItIsShown) {
  const std::string text = Documentation();
  re2::StringPiece rest(text);
  std::string fragment;
  std::string sent;
  std::set<std::size_t> shown;
  while (RE2::FindAndConsume(&rest, "(?s)```yaml\n((?:[^`]|`[^`])*?)```\n```text\n(.*?)\n```\n",
                             &fragment, &sent)) {
    const std::shared_ptr<const Program> program = Load(absl::StrCat(
        "schema: 1\nprovider: p\naccount: {user: U.}\nlogin:\n  - step: s\n    request:\n"
        "      method: POST\n      path: /\n      query: {u: \"${account.user}\"}\n",
        Indented(fragment, 6),
        "    answers: [{then: ok}]\n    extract: {id: body}\n"
        "session: {id: \"${id}\", attach: [{query: id}]}\n"));
    ASSERT_NE(program, nullptr);
    std::vector<SensitiveValue> values;
    const Bindings bindings = {{"account.user", Value::Text("a&b")}};
    Evaluation evaluation(crypto::SystemRandom());
    TemplateEvaluator evaluator(bindings, evaluation, &values);
    const absl::StatusOr<http::Request> request =
        BuildRequest(program->steps()[0].request, {"https://example.com", {}}, evaluator);
    ASSERT_TRUE(request.ok()) << request.status();
    shown.insert(program->steps()[0].request.body.index());
    const std::string body = absl::StrReplaceAll(request->body, {{"\r\n", "\n"}});
    if (absl::StartsWith(fragment, "cookies:")) {
      EXPECT_EQ(absl::StrCat(request->headers[0].name, ": ", request->headers[0].value), sent);
    } else {
      EXPECT_EQ(std::string(absl::StripSuffix(body, "\n")), sent);
    }
  }
  EXPECT_EQ(shown.size(), std::variant_size_v<BodyTemplate>);
}

TEST(DocumentationTest, EveryWayToTellALifeLoads) {
  const std::string text = Documentation();
  const std::string head = "| The provider tells | Write |\n|---|---|\n";
  const std::size_t begin = text.find(head);
  ASSERT_NE(begin, std::string::npos);
  int rows = 0;
  for (const absl::string_view row : absl::StrSplit(text.substr(begin + head.size()), '\n')) {
    if (!absl::StartsWith(row, "|")) break;
    ++rows;
    const std::vector<std::string> cells = absl::StrSplit(row, " | ");
    const std::vector<std::string> told = CodeIn(cells[0]);
    const std::vector<std::string> life = CodeIn(cells[1]);
    std::string extract;
    for (const std::string& one : told) absl::StrAppend(&extract, "      ", one, "\n");
    const std::string written = absl::StrJoin(life, "");
    for (const char* name : {"expires_in", "exp", "valid_until", "ttl", "expires_at"}) {
      if (!RE2::PartialMatch(written, absl::StrCat("\\b", name, "\\b")) || !told.empty()) continue;
      absl::StrAppend(&extract, "      ", name, ": {from: json:/", name,
                      ", type: ", absl::StartsWith(name, "expires_at") ? "text" : "int",
                      ", optional: ", absl::StartsWith(name, "ttl") ? "true" : "false", "}\n");
    }
    EXPECT_NE(Load(absl::StrCat(
                  "schema: 1\nprovider: p\nlogin:\n  - step: s\n    request: {method: "
                  "GET, path: /}\n    answers: [{then: ok}]\n    extract:\n      id: "
                  "json:/id\n",
                  extract, "session:\n  id: ${id}\n  attach: [{query: id}]\n  ", written, "\n")),
              nullptr)
        << row;
  }
  EXPECT_GE(rows, 9);
}

TEST(DocumentationTest, TheWorkedDefinitionLoads) {
  const std::string text = Documentation();
  const std::string begin = "```yaml\nschema: 1\n";
  const std::size_t from = text.find(begin);
  ASSERT_NE(from, std::string::npos);
  const std::size_t start = from + std::string("```yaml\n").size();
  const std::string yaml = text.substr(start, text.find("```", start) - start);
  config::Diagnostics diagnostics;
  EXPECT_NE(LoadDefinition("docs/providers.md", yaml, &diagnostics), nullptr)
      << diagnostics.ToString();
}

TEST(DocumentationTest, TheLimitsAreThoseOfTheCode) {
  const std::string text = Documentation();
  EXPECT_THAT(text, HasSubstr(absl::StrCat(
                        "A definition has ", kMaxDefinitionBytes / 1024, " KiB, ", kMaxSteps,
                        " steps and ", kMaxListLength, " elements in any list; a template ",
                        kMaxTemplateBytes / 1024, " KiB; a login ", 4 * kMaxSteps, " requests")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("A value has ", kMaxExtractedBytes / 1024, " KiB")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("lies deeper than ", kMaxJsonDepth, " levels")));
}

}  // namespace
}  // namespace sessionbroker::login
