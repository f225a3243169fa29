// docs/providers.md against what it describes.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
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
#include "tests/login/documented_logins.h"

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
        definition::v1::Binding_descriptor(), definition::v1::SequenceUnit_descriptor(),
        definition::v1::Covered_descriptor()}) {
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

TEST(DocumentationTest, EveryLoginGoesAsItIsShown) {
  const std::vector<DocumentedLogins> all = ReadDocumentedLogins(Documentation());
  EXPECT_GT(all.size(), 25u);
  for (const DocumentedLogins& logins : all) {
    definition::v1::Definition executed;
    EXPECT_EQ(Play(logins, &executed), "") << logins.piece;
  }
}

// What is set in `message`, and in all that it holds: "Rule.wait", "Outcome.OUTCOME_OK".
void CollectSet(const google::protobuf::Message& message, std::set<std::string>* set) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    set->insert(absl::StrCat(field->containing_type()->name(), ".", field->name()));
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->enum_type() != nullptr) {
        const auto* value = field->is_repeated() ? reflection.GetRepeatedEnum(message, field, i)
                                                 : reflection.GetEnum(message, field);
        set->insert(absl::StrCat(field->enum_type()->name(), ".", value->name()));
      } else if (field->message_type() != nullptr) {
        CollectSet(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                        : reflection.GetMessage(message, field),
                   set);
      }
    }
  }
}

// All that can be set, as CollectSet writes it.
void CollectAll(const Descriptor& message, std::set<std::string>* all) {
  // A Node is written as any YAML.
  if (message.name() == "Node" || message.name() == "Duration") return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (!all->insert(absl::StrCat(message.name(), ".", field.name())).second) continue;
    if (field.message_type() != nullptr) CollectAll(*field.message_type(), all);
    if (field.enum_type() == nullptr) continue;
    // The first value stands for none.
    for (int v = 1; v < field.enum_type()->value_count(); ++v) {
      all->insert(
          absl::StrCat(field.enum_type()->name(), ".", field.enum_type()->value(v)->name()));
    }
  }
}

TEST(DocumentationTest, EverythingOfTheSchemaIsInAnExampleThatRuns) {
  std::set<std::string> executed;
  for (const DocumentedLogins& logins : ReadDocumentedLogins(Documentation())) {
    definition::v1::Definition definition;
    Play(logins, &definition);
    CollectSet(definition, &executed);
  }
  std::set<std::string> all;
  CollectAll(*definition::v1::Definition::descriptor(), &all);
  EXPECT_GT(all.size(), 100u);
  std::vector<std::string> missing;
  std::set_difference(all.begin(), all.end(), executed.begin(), executed.end(),
                      std::back_inserter(missing));
  EXPECT_THAT(missing, ::testing::IsEmpty())
      << "show each in a block of docs/providers.md; documented_logins.h says how";
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
